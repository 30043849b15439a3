// Takes the secret of a sign-in link out of the address, which the history keeps, into the form.
function takeSecret() {
  const secret = location.hash.slice(1);
  if (!secret) return;
  history.replaceState(null, "", location.pathname);
  const form = document.getElementById("by-link");
  form.elements.link.value = secret;
  form.hidden = false;
  document.getElementById("no-link").hidden = true;
  form.querySelector("button").focus();
}

addEventListener("hashchange", takeSecret);
takeSecret();
