/**
 * Refreshes a page: fetches it every ten seconds while it is visible and not paused, and replaces its main part if that changed. Open folds
 * stay open, and the focus is kept. Without scripts the page reloads itself.
 */
export const PAGE_SCRIPT = `
(() => {
  const button = document.getElementById("pause");
  const state = document.getElementById("freshness");
  let paused = false;
  button.hidden = false;
  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    state.textContent = paused ? "Updates are paused." : "Updates itself every 10 seconds.";
  });
  const swap = (text) => {
    // Parse only the parts that are replaced.
    const part = (tag) => text.slice(text.indexOf("<" + tag), text.lastIndexOf("</" + tag + ">")) + "</" + tag + ">";
    const next = new DOMParser().parseFromString(part("title") + part("main"), "text/html");
    const now = document.querySelector("main");
    const main = next.querySelector("main");
    if (!main || main.innerHTML === now.innerHTML) return;
    const focused = document.activeElement && now.contains(document.activeElement) ? document.activeElement.id : "";
    for (const fold of now.querySelectorAll("details[id]")) {
      const same = main.querySelector("#" + CSS.escape(fold.id));
      if (same) same.open = fold.open;
    }
    now.replaceWith(document.adoptNode(main));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const said = document.getElementById("said");
    const headline = main.querySelector("#headline")?.textContent ?? "";
    if (said.textContent !== headline) said.textContent = headline;
    document.title = next.title;
  };
  const refresh = async () => {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error("status " + answer.status);
      swap(await answer.text());
      state.textContent = "Updates itself every 10 seconds.";
      state.className = "";
    } catch {
      state.textContent = "The exporter does not answer. This page is out of date.";
      state.className = "bad";
    }
  };
  setInterval(refresh, 10000);
})();
`;
