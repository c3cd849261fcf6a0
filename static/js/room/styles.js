// A style that comes along with what is loaded late, as pages are light without it.
export async function styled(name) {
  if (document.querySelector(`link[href$='/css/${name}.css']`)) return;
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL(`../../css/${name}.css`, import.meta.url) });
  await new Promise((resolve) => { style.onload = style.onerror = resolve; document.head.append(style); });
}
