// save.js - hands files to the reader: what is on the page, or what the daemon
// has. The latter is fetched here because a link would carry no token.

import { make } from "./dom.js";
import { request } from "./session.js";
import { say } from "./notice.js";

export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const anchor = make("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

export function saveText(text, type, name) {
  saveBlob(new Blob([text], { type }), name);
}

// Under the name that the daemon gives it, else under `name`.
export async function saveFrom(path, name) {
  try {
    const answer = await request(path);
    const given = /filename="([^"]+)"/
      .exec(answer.headers.get("Content-Disposition") || "");
    saveBlob(await answer.blob(), given ? given[1] : name);
  } catch (trouble) {
    say(trouble.message, "bad");
  }
}
