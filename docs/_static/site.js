// A machine begins somewhere at the top of its picture: bring that into the frame.
for (const frame of document.querySelectorAll(".machine")) {
  frame.scrollLeft = Number(frame.dataset.begin) - frame.clientWidth / 2;
}
