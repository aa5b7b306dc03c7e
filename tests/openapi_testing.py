"""Answers against the OpenAPI document that the daemon serves.

    document = OpenAPI(daemon.get("/api/v1/openapi.json"))
    document.check("GET", "/api/v1/jobs?limit=1", answer)

An answer must have a status that is written down for its operation, a content
type that is, and as JSON every key that is promised and none that is not.
"""

import json
import re

import jsonschema


def closed(schema):
    """The same schema, but keys that it does not name are faults."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if isinstance(out.get("properties"), dict) and "required" in out:
        out.setdefault("additionalProperties", False)
    return out


class OpenAPI:
    def __init__(self, document):
        self.document = document
        self.components = closed(document["components"])
        self.seen = set()  # operations that were answered well
        self.patterns = sorted(
            ((re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + "$"),
              path) for path in document["paths"]),
            key=lambda pair: pair[1].count("{"))

    def operations(self):
        return {(method.upper(), path)
                for path, item in self.document["paths"].items()
                for method in item if method != "parameters"}

    def find(self, method, target):
        """The operation of a request, None where there is none."""
        path = target.split("?")[0]
        for pattern, template in self.patterns:
            if pattern.match(path):
                item = self.document["paths"][template]
                name = "get" if method == "HEAD" else method.lower()
                return template, item.get(name)
        return None, None

    def resolve(self, response):
        if "$ref" in response:
            return self.document["components"]["responses"][
                response["$ref"].rsplit("/", 1)[1]]
        return response

    def check(self, method, target, answer):
        template, operation = self.find(method, target)
        assert operation, f"{method} {target} is in no document"
        responses = operation["responses"]
        status = str(answer.status)
        assert status in responses or answer.status >= 400, (
            f"{method} {target}: {status} is not written down")
        response = self.resolve(responses.get(status, responses["default"]))
        content = response.get("content")
        if method == "HEAD" or content is None:
            assert not answer.body, f"{method} {target}: {status} has a body"
        else:
            self.check_body(f"{method} {target} {status}", content, answer)
        if answer.status < 300:
            self.seen.add((method, template))

    def check_body(self, what, content, answer):
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in content, f"{what}: {kind} is not written down"
        schema = content[kind].get("schema")
        if schema and kind.endswith("json"):
            jsonschema.Draft202012Validator(
                dict(closed(schema), components=self.components),
                format_checker=jsonschema.FormatChecker()).validate(
                    json.loads(answer.body))
