const part = id => document.getElementById(id);
const file = part("file"), drop = part("drop"), error = part("error"), results = part("results");
const smallest = 128;
let mostBytes = 10 << 20, asked = 0;

// The answer of the server, or an error with a sentence for the reader.
async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new Error("The program does not answer; is it still running?");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Error(answer?.error ?? `The program answered with ${response.status}.`);
  return answer;
}

function showError(text) {
  error.textContent = text;
  error.hidden = !text;
  if (text) error.scrollIntoView({ block: "nearest" });
}

// A small picture is enlarged pixel by pixel, so that it is seen as it is.
function pixelsStay(image) {
  image.addEventListener("load", () => {
    image.classList.toggle("small", image.naturalWidth < smallest);
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
  });
  return image;
}

// A picture of the set, as a button that searches for those like it.
function entry({ index, name, cosine }) {
  const item = document.createElement("li"), button = document.createElement("button"), image = pixelsStay(new Image()), caption = document.createElement("span");
  image.src = `pictures/${index}`;
  image.alt = "";
  image.loading = "lazy";
  caption.textContent = caption.title = name;
  button.type = "button";
  button.dataset.index = index;
  button.append(image);
  if (cosine !== undefined) {
    const number = document.createElement("span");
    number.className = "cosine";
    number.textContent = cosine.toFixed(3);
    button.append(number);
  }
  button.append(caption);
  button.addEventListener("click", () => search(name, () => `pictures/${index}`, () => ask(`similar/${index}`)));
  item.append(button);
  return item;
}

// Only the last search that was asked for is shown, however long another takes.
async function search(name, source, find) {
  const own = ++asked;
  showError("");
  results.setAttribute("aria-busy", "true");
  try {
    const matches = await find();
    if (own !== asked) return;
    const picture = pixelsStay(new Image());
    picture.src = source();
    picture.alt = name;
    part("query-picture").replaceChildren(picture);
    part("query-name").textContent = name;
    part("matches").replaceChildren(...matches.map(entry));
    results.hidden = false;
    results.focus({ preventScroll: true });
    results.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  } catch (fault) {
    if (own !== asked) return;
    results.hidden = true;
    showError(fault.message);
  } finally {
    if (own === asked) results.removeAttribute("aria-busy");
  }
}

function upload(given) {
  if (!given) return;
  search(given.name, () => URL.createObjectURL(given), () => {
    if (given.size > mostBytes) throw new Error(`${given.name} has ${(given.size / 2 ** 20).toFixed(1)} MB; at most ${mostBytes >> 20} MB are taken.`);
    return ask("similar", { method: "POST", body: given, headers: { "Content-Type": "application/octet-stream" } });
  });
}

file.addEventListener("change", () => {
  upload(file.files[0]);
  file.value = ""; // so that the same file can be chosen again
});
document.addEventListener("dragover", event => {
  event.preventDefault();
  drop.classList.add("over");
});
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", event => {
  event.preventDefault();
  drop.classList.remove("over");
  upload(event.dataTransfer.files[0]);
});

try {
  const about = await ask("pictures");
  mostBytes = about.mostBytes;
  part("most").textContent = mostBytes >> 20;
  part("count").textContent = about.count.toLocaleString("en");
  part("shown").replaceChildren(...about.shown.map(entry));
} catch (fault) {
  showError(fault.message);
}
