// A machine begins somewhere at the top of its picture: bring that into the frame.
for (const frame of document.querySelectorAll(".machine")) {
  frame.scrollLeft = Number(frame.dataset.begin) - frame.clientWidth / 2;
}
// What is wider than its frame can be scrolled by keyboard as well, once one can come to it.
const frames = document.querySelectorAll(".machine, article pre, article .table-wrapper");
const reachable = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    const wider = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    if (wider) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const frame of frames) reachable.observe(frame);
