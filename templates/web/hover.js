"use strict";
// Shows the value of a chart under the pointer, or by the arrow keys once the chart has the focus.
{
  const SVG = "http://www.w3.org/2000/svg";
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -Infinity, End: Infinity };

  const read = (probe) => {
    const labels = probe.querySelector("metadata").textContent.split("\n");
    const places = probe.querySelector("path").getAttribute("d").match(/-?[\d.]+ -?[\d.]+/g) || [];
    if (places.length !== labels.length) return [];
    return places.map((place, n) => [...place.split(" ").map(Number), labels[n]]);
  };

  const watch = (chart, points) => {
    const figure = chart.parentNode;
    const tip = figure.appendChild(document.createElement("div"));
    const mark = chart.appendChild(document.createElementNS(SVG, "circle"));
    let at = -1;
    tip.className = "tip";
    tip.setAttribute("aria-live", "polite");
    mark.setAttribute("class", "probed");
    chart.setAttribute("role", "application");
    chart.tabIndex = 0;

    const scale = () => chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
    const hide = () => {
      at = -1;
      tip.textContent = "";
      mark.setAttribute("r", 0);
    };
    const show = (n) => {
      at = Math.min(Math.max(n, 0), points.length - 1);
      const [x, y, label] = points[at];
      const box = chart.getBoundingClientRect(), around = figure.getBoundingClientRect();
      mark.setAttribute("cx", x);
      mark.setAttribute("cy", y);
      mark.setAttribute("r", 4.5);
      if (tip.textContent !== label) tip.textContent = label;
      const left = box.left - around.left + x * scale() - tip.offsetWidth / 2;
      const above = box.top - around.top + y * scale() - tip.offsetHeight - 12;
      tip.style.left = Math.max(Math.min(left, around.width - tip.offsetWidth), 0) + "px";
      tip.style.top = (above < 0 ? above + tip.offsetHeight + 24 : above) + "px";
    };
    const point = (event) => {
      const x = (event.clientX - chart.getBoundingClientRect().left) / scale();
      let best = 0;
      points.forEach((it, n) => { if (Math.abs(it[0] - x) < Math.abs(points[best][0] - x)) best = n; });
      show(best);
    };
    chart.addEventListener("pointermove", point);
    chart.addEventListener("pointerdown", point);
    chart.addEventListener("pointerleave", hide);
    chart.addEventListener("blur", hide);
    chart.addEventListener("keydown", (event) => {
      if (event.key === "Escape") return hide();
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      show(at < 0 && Number.isFinite(step) ? points.length - 1 : at + step);
    });
    hide();
  };

  for (const chart of document.querySelectorAll("svg.chart")) {
    const points = [...chart.querySelectorAll(".probe")].flatMap(read).sort((a, b) => a[0] - b[0]);
    if (points.length) watch(chart, points);
  }
}
