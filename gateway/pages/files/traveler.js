// The button that prints; and a page that is shown again from the browser's memory is asked anew, so
// that nobody sees the traveler before.
const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
