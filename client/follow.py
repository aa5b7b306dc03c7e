"""followd from Python: hand jobs in, wait, get results as NumPy arrays.

    import follow

    job = follow.submit("vanderPol", set={"schedule.duration": 400})
    job.wait()
    weights = job.weights()
    weights["D_rec"]            # (d, N): all that was learned
    weights.rec                 # (N, N): W, to neuron i from neuron j
    job.traces()["xhat"]        # (steps, d)
    job.metrics()["mse"]        # one number per period

One file that needs Python 3.9 and NumPy and nothing else: copy it to where you
need it. The daemon is found as follow(1) finds it: FOLLOW_URL and FOLLOW_TOKEN,
~/.config/follow/config, or the daemon of this machine; or it is named:

    lab = follow.Server("https://lab:7317", token="...")
    lab.submit("LinOsc").wait()

doc/api.md has what is behind each call, doc/python.md more examples.
"""

import base64
import hashlib
import hmac
import http.client
import io
import json
import os
import pathlib
import ssl
import time
import urllib.parse
import uuid

import numpy as np

__all__ = ["Error", "Job", "JobFailed", "NotReached", "Server", "Weights",
           "devices", "job", "jobs", "presets", "submit", "sweep"]

TRIES = 6  # in a row that bring nothing, before giving up
POLL = 20  # s, the longest that one request waits for news
OVER = ("succeeded", "failed", "diverged", "cancelled")


class Error(Exception):
    """What the daemon refused. `status` is that of HTTP; `problem` its whole
    account (RFC 9457), with each fault of a description in `errors`."""

    def __init__(self, text, status=None, problem=None):
        super().__init__(text)
        self.status, self.problem = status, problem or {}


class NotReached(Error):
    """No answer came."""


class JobFailed(Error):
    """A job that was waited for has ended, and not well."""


# ---- which daemon ------------------------------------------------------------


def _first_line(path):
    return pathlib.Path(path).read_text().split("\n")[0].strip()


def _config(profile):
    """What ~/.config/follow/config says, of a profile before the rest."""
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    path = pathlib.Path(base).expanduser() / "follow/config"
    sections, section = {"": {}}, ""
    for line in path.read_text().splitlines() if path.exists() else []:
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]").strip()
            sections.setdefault(section, {})
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            sections[section][key.strip()] = value.strip()
    if profile and profile not in sections:
        raise Error(f"{path}: no profile [{profile}]")
    return dict(sections[profile or ""])


def _local():
    """The state folder of a daemon of this machine, or None."""
    own = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    xdg = os.environ.get("XDG_STATE_HOME")
    for folder in (own, xdg and xdg + "/followd", "~/.local/state/followd"):
        place = pathlib.Path(folder or "/nowhere").expanduser()
        if (place / "url").exists():
            return place
    return None


class Server:
    """A followd. Without arguments the one that follow(1) would ask.

    `ca_file`: whom to trust, PEM. `pin`: the one public key to trust, as in the
    file pin of the daemon's state folder ("sha256//...")."""

    def __init__(self, url=None, token=None, profile=None, ca_file=None,
                 pin=None):
        profile = profile or os.environ.get("FOLLOW_PROFILE")
        config, local = _config(profile), _local()
        here = _first_line(local / "url") if local else None
        chosen = os.environ.get("FOLLOW_URL")
        if profile:
            chosen = config.get("url")
        self.url = (url or chosen or config.get("url") or here or "").rstrip("/")
        if not self.url:
            raise NotReached("no followd found: start one, or name one by "
                             "FOLLOW_URL")
        self.token = token or (not profile and os.environ.get("FOLLOW_TOKEN"))
        # A token that a file holds for one server goes to no other.
        if config.get("url", "").rstrip("/") == self.url:
            ca_file = ca_file or config.get("ca_file")
            pin = pin or config.get("pin")
            self.token = self.token or config.get("token")
            if not self.token and "token_file" in config:
                self.token = _first_line(config["token_file"])
        if here and here.rstrip("/") == self.url:
            if not pin and (local / "pin").exists():
                pin = _first_line(local / "pin")
            self.token = self.token or _first_line(local / "token")
        self._pin, self._ca_file = pin, ca_file

    # -- requests

    def _connect(self, timeout):
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme == "http":
            return http.client.HTTPConnection(parts.hostname, parts.port,
                                              timeout=timeout)
        if parts.scheme != "https":
            raise Error(f"{self.url} is no http or https URL")
        context = ssl.create_default_context(cafile=self._ca_file)
        if self._pin:  # the key itself is known, whoever signed for it
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout, context=context)
        if self._pin:
            connection.connect()
            key = _public_key(connection.sock.getpeercert(binary_form=True))
            found = "sha256//" + base64.b64encode(
                hashlib.sha256(key).digest()).decode()
            if not hmac.compare_digest(found, self._pin):
                connection.close()
                raise NotReached(f"{self.url} has another key than {self._pin}")
        return connection

    def open(self, method, path, body=None, headers=None, timeout=60):
        """The connection and the answer to one request, whatever it is."""
        headers = {"User-Agent": "follow.py", **(headers or {})}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        prefix = urllib.parse.urlsplit(self.url).path
        try:
            connection = self._connect(timeout)
            connection.request(method, prefix + path, body, headers)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as reason:
            raise NotReached(f"{self.url} is not reached: {reason}") from reason

    def request(self, method, path, body=None, headers=None, timeout=60):
        """The answer as (status, headers, bytes); an Error from 400 on. `body`
        is bytes, or what becomes JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, bytearray)):
            body = json.dumps(body, allow_nan=False).encode()
            headers["Content-Type"] = "application/json"
        connection, answer = self.open(method, path, body, headers, timeout)
        try:
            data = answer.read()
        except (OSError, http.client.HTTPException) as reason:
            raise NotReached(f"{self.url} broke off: {reason}") from reason
        finally:
            connection.close()
        if answer.status >= 400:
            raise _problem(answer.status, data)
        return answer.status, answer.headers, data

    def get(self, path, **query):
        """The JSON at a path; what is None is left out of the query."""
        return json.loads(self.request("GET", path + _query(query))[2])

    def download(self, path, **query):
        """The bytes at a path: taken up again where the connection broke, and
        compared with the SHA-256 that the daemon names."""
        path += _query(query)
        data, etag, failures, before = bytearray(), None, 0, -1
        while True:
            try:
                headers, whole = self._download_part(path, data, etag)
                if whole:
                    break
            except NotReached:
                headers = None
            etag = headers["ETag"] if headers else etag
            failures = failures + 1 if len(data) <= before else 0
            before = len(data)
            if failures >= TRIES:
                raise NotReached(f"{self.url} breaks off every time: {path}")
            time.sleep(0.5 * 2 ** failures if failures else 0)
        _verify(data, headers.get("Repr-Digest", ""), path)
        return bytes(data)

    def _download_part(self, path, data, etag):
        """Appends what comes to `data`; the headers, and whether it is all."""
        headers = {}
        if data and etag:
            headers = {"Range": f"bytes={len(data)}-", "If-Range": etag}
        connection, answer = self.open("GET", path, headers=headers)
        try:
            if answer.status == 416:  # nothing was missing
                return answer.headers, True
            if answer.status >= 400:
                raise _problem(answer.status, answer.read())
            if answer.status != 206:
                data.clear()
            while part := answer.read1(1 << 20):
                data += part
            return answer.headers, not answer.length
        except (OSError, http.client.HTTPException):
            return answer.headers, False
        finally:
            connection.close()

    def npz(self, path, **query):
        """The arrays of a .npz by name."""
        with np.load(io.BytesIO(self.download(path, **query))) as arrays:
            return {name: arrays[name] for name in arrays.files}

    # -- what there is

    def job(self, number):
        """A job by its number or uuid."""
        return Job(self, self.get(f"/api/v1/jobs/{number}"))

    def jobs(self, state=None, tag=None, sweep=None):
        """All jobs, the newest first; `tag` is "key" or "key=value"."""
        found, cursor = [], None
        while True:
            page = self.get("/api/v1/jobs", state=state, tag=tag, sweep=sweep,
                            limit=500, cursor=cursor)
            found += [Job(self, about) for about in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def presets(self):
        """Names of the job descriptions to start from."""
        return [one["name"] for one in _items(self.get("/api/v1/presets"))]

    def devices(self):
        return _items(self.get("/api/v1/devices"))

    # -- handing in

    def submit(self, description, set=None, start=None, **more):
        """Hands a job in, once, even where an answer gets lost; the Job.

        `description` is the name of a preset, or a dict. `set` changes values
        of it: {"learning.eta": 4e-2}. `start` is a Job whose weights it starts
        with. More are keys of a job: name, tags, priority, note."""
        description = _description(description, set, start, more)
        return Job(self, self._post("/api/v1/jobs", description))

    def sweep(self, description, set, name=None, start=None, **more):
        """One job for each combination of values: set={"learning.eta": [1e-3,
        2e-3], "network.seed_ff": range(3)}. All Jobs, the last key fastest."""
        body = {"job": _description(description, None, start, more),
                "set": {key: [_plain(value) for value in values]
                        for key, values in set.items()}}
        if name is not None:
            body["name"] = name
        answer = self._post("/api/v1/sweeps", body)
        return [self.job(number) for number in answer["jobs"]]

    def upload(self, **arrays):
        """Keeps arrays for jobs; the SHA-256 by which jobs name them."""
        out = io.BytesIO()
        np.savez(out, **arrays)
        answer = self.request(
            "POST", "/api/v1/arrays", out.getvalue(),
            {"Content-Type": "application/octet-stream"}, timeout=600)
        return json.loads(answer[2])["sha256"]

    def _post(self, path, body):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        for last in (False, False, True):
            try:
                return json.loads(self.request("POST", path, body, key)[2])
            except NotReached:
                if last:
                    raise
                time.sleep(0.3)


def _query(query):
    given = {key: value for key, value in query.items() if value is not None}
    return "?" + urllib.parse.urlencode(given) if given else ""


def _items(answer):
    return answer["items"] if isinstance(answer, dict) else answer


def _plain(value):
    """What JSON can say of a number or an array of NumPy."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _description(description, changes, start, more):
    if isinstance(description, str):
        description = {"preset": description}
    description = {**json.loads(json.dumps(description)), **more}
    for path, value in (changes or {}).items():
        *sections, key = path.split(".")
        place = description
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = _plain(value)
    if start is not None:
        description["start"] = {"job": start.id, "at": "final"}
    return description


def _problem(status, data):
    """The Error that an answer tells of."""
    try:
        problem = json.loads(data)
    except ValueError:
        problem = {}
    text = problem.get("detail") or problem.get("title") or f"status {status}"
    for fault in problem.get("errors", []):
        if fault["detail"] not in text:
            text += f"\n  {fault['pointer']}: {fault['detail']}"
    return Error(text, status, problem)


def _verify(data, digest, path):
    """That bytes are those of a Repr-Digest field, where there is one."""
    _, found, rest = digest.partition("sha-256=:")
    if not found:
        return
    if base64.b64decode(rest.split(":")[0]) != hashlib.sha256(data).digest():
        raise Error(f"{path}: {len(data)} bytes came, and their SHA-256 is not "
                    "the one that the daemon names")


def _public_key(certificate):
    """The SubjectPublicKeyInfo of an X.509 certificate, both DER."""

    def inside(at):
        """Where the content of what stands at `at` begins and ends."""
        size, at = certificate[at + 1], at + 2
        if size >= 0x80:
            count = size & 0x7f
            size = int.from_bytes(certificate[at:at + count], "big")
            at += count
        return at, at + size

    at = inside(inside(0)[0])[0]  # of Certificate, of TBSCertificate
    if certificate[at] == 0xa0:  # version
        at = inside(at)[1]
    for _ in range(5):  # number, algorithm, issuer, validity, subject
        at = inside(at)[1]
    return certificate[at:inside(at)[1]]


# ---- a job -------------------------------------------------------------------


class Job:
    """A job. `about` is what the API says of it: as of the last refresh()."""

    def __init__(self, server, about):
        self.server, self.about = server, about

    def __repr__(self):
        done = 100 * self.about["progress"]["fraction"]
        return (f"<job {self.id} {self.about['name'] or ''} {self.state}, "
                f"{done:.0f} %>")

    @property
    def id(self):
        return self.about["id"]

    @property
    def state(self):
        return self.about["state"]

    @property
    def spec(self):
        """Its description, with every value."""
        return self.about["spec"]

    @property
    def path(self):
        return f"/api/v1/jobs/{self.id}"

    def refresh(self):
        self.about = self.server.get(self.path)
        return self

    def wait(self, timeout=None, tell=None):
        """Waits for its end; itself. JobFailed unless it has succeeded,
        TimeoutError after `timeout` s, which does not stop it. `tell` is called
        with the Job whenever there is news. A daemon that starts anew
        meanwhile is waited for, a minute at most."""
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        lost = None
        self.refresh()
        while self.state not in OVER:
            rest = end - time.monotonic()
            if rest <= 0:
                raise TimeoutError(f"job {self.id} is {self.state} after "
                                   f"{timeout} s; it goes on")
            if tell:
                tell(self)
            try:
                self._await_news(min(rest, POLL))
                lost = None
            except NotReached:
                lost = lost or time.monotonic()
                if time.monotonic() - lost > 60:
                    raise
                time.sleep(1)
        if tell:
            tell(self)
        if self.state != "succeeded":
            raise JobFailed(f"job {self.id} {self.state}: "
                            f"{self.about['state_reason'] or 'no reason'}")
        return self

    def _await_news(self, seconds):
        status, _, data = self.server.request(
            "GET", f"{self.path}?wait={seconds:.3f}&since={self.about['rev']}",
            timeout=seconds + 30)
        if status == 200:
            self.about = json.loads(data)

    def _ask(self, what):
        self.about = json.loads(
            self.server.request("POST", f"{self.path}/{what}")[2])
        return self

    def cancel(self):
        return self._ask("cancel")

    def pause(self):
        return self._ask("pause")

    def resume(self):
        return self._ask("resume")

    def retry(self):
        return self._ask("retry")

    def delete(self):
        """For good, with all its results. It must be over."""
        self.server.request("DELETE", self.path)

    # -- results

    def checkpoints(self):
        return self.server.get(self.path + "/checkpoints")["items"]

    def weights(self, at="final"):
        """What was learned, as Weights; `at` a simulated time in s, "latest",
        or the "final" ones."""
        return Weights(self.server.npz(
            f"{self.path}/checkpoints/{at}/weights.npz"))

    def dense(self, layer="rec", at="final"):
        """The whole matrix W (N_rec, N) from `layer` "rec" or "ff", as the
        daemon computes it, float32."""
        return np.load(io.BytesIO(self.server.download(
            f"{self.path}/checkpoints/{at}/weights/{layer}.npy")))

    def traces(self, window="all"):
        """Signals of each step in the windows that were recorded ("start",
        "end", "live" or "all"): t, u, x, xhat, error, error_filtered."""
        return self.server.npz(self.path + "/traces", window=window,
                               format="npz")

    def metrics(self):
        """Columns with one number per period: t_end, mse, mse_raw, rate_ff,
        ...; of a job that learns by reinforcement, episode and time."""
        return self.server.npz(self.path + "/metrics", format="npz")

    def spikes(self, start=None, end=None):
        """Recorded spikes: t (n), ff (n, N_ff) and rec (n, N_rec), bool."""
        packed = self.server.npz(self.path + "/spikes.npz", **{
            "from": start, "to": end})
        return {"t": packed["t"], **{
            layer: np.unpackbits(packed["spikes_" + layer], axis=1,
                                 count=int(packed["neurons_" + layer])
                                 ).astype(bool)
            for layer in ("ff", "rec")}}

    def log(self):
        return self.server.request("GET", self.path + "/log")[2].decode()


class Weights(dict):
    """The arrays of weights.npz by name, and the matrices made of them."""

    @property
    def spec(self):
        """The job that learned them, with every value."""
        return json.loads(bytes(self["spec"]))

    @property
    def ff(self):
        """W (N_rec, N_ff), from the command layer."""
        return self._matrix("ff")

    @property
    def rec(self):
        """W (N_rec, N_rec), from the recurrent layer."""
        return self._matrix("rec")

    def _matrix(self, layer):
        if "W_" + layer in self:
            return self["W_" + layer]
        W = self["scaled_encoders_rec"] @ self["D_" + layer]
        if "W0_" + layer in self:
            W = W + self["kept"] * self["W0_" + layer]
        return W * self["mask_" + layer] if "mask_" + layer in self else W


# ---- the daemon that follow(1) would ask -------------------------------------


def submit(description, set=None, start=None, **more):
    return Server().submit(description, set, start, **more)


def sweep(description, set, name=None, start=None, **more):
    return Server().sweep(description, set, name, start, **more)


def job(number):
    return Server().job(number)


def jobs(state=None, tag=None, sweep=None):
    return Server().jobs(state, tag, sweep)


def presets():
    return Server().presets()


def devices():
    return Server().devices()


for _name in ("submit", "sweep", "job", "jobs", "presets", "devices"):
    globals()[_name].__doc__ = getattr(Server, _name).__doc__
