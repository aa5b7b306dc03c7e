// filter.js - which jobs are meant by what stands in the box:
//   words          in the name, the preset, the note, a tag; or a job's number
//   state:failed   tag:key or tag:key=text   sweep:3   preset:Lorenz
// All of them must fit. "What has blanks" stands in quotes.

const TESTS = {
  state: (job, text) => text.split("|").includes(job.state),
  sweep: (job, text) => String(job.sweep) === text,
  preset: (job, text) => job.spec.preset === text,
  tag: (job, text) => {
    const [key, ...rest] = text.split("=");
    return key in job.tags &&
      (rest.length === 0 || job.tags[key] === rest.join("="));
  },
};

function hasWord(job, word) {
  const text = [job.name, job.spec.preset, job.note,
    ...Object.entries(job.tags).flat()].join("\n").toLowerCase();
  return String(job.id) === word || text.includes(word.toLowerCase());
}

function words(text) {
  return text.match(/(?:[^\s"]|"[^"]*"?)+/g) || [];
}

// A function that tells whether a job fits.
export function filter(text) {
  const tests = words(text).map((quoted) => {
    const word = quoted.replaceAll('"', "");
    const colon = word.indexOf(":");
    const test = TESTS[word.slice(0, Math.max(colon, 0))];
    return test ? (job) => test(job, word.slice(colon + 1))
      : (job) => hasWord(job, word);
  });
  return (job) => tests.every((test) => test(job));
}

// The text with one `word` more, in place of others of its kind.
export function withWord(text, word) {
  const kind = word.slice(0, word.indexOf(":") + 1);
  const added = /\s/.test(word) ? '"' + word + '"' : word;
  const left = words(text).filter((one) => kind === "tag:" ? one !== added
    : !one.startsWith(kind));
  return [...left, added].join(" ");
}
