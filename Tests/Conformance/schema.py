"""What Google's discovery document says an answer may hold, and a check of answers against it.

A property the document does not name is as wrong as a value of the wrong type: a client generated from the document would drop the
one and choke on the other. Formats: https://developers.google.com/discovery/v1/type-format
"""

import datetime
import importlib.resources
import json
import re

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
INTEGER = re.compile(r"-?(0|[1-9]\d*)")
LISTED_VALUE = re.compile(r'^- "([^"]*)"', re.MULTILINE)


def bundled_document():
    """The document that google-api-python-client carries, and builds itself from."""
    folder = importlib.resources.files("googleapiclient.discovery_cache.documents")
    return json.loads(folder.joinpath("calendar.v3.json").read_text())


class Document:
    def __init__(self, document):
        self.document = document
        self.schemas = document["schemas"]
        self.methods = {}
        self._collect(document)

    def _collect(self, part):
        for method in part.get("methods", {}).values():
            self.methods[method["id"]] = method
        for resource in part.get("resources", {}).values():
            self._collect(resource)

    def complaints(self, method_id, answer):
        """What is wrong with the body of a successful answer: one sentence for each place, each naming the place.

        `answer` is None for an empty body, which is right where the document gives no response.
        """
        response = self.methods[method_id].get("response")
        if response is None:
            return [] if answer is None else ["the body should be empty"]
        if answer is None:
            return ["the body is empty"]
        return list(self._check(answer, response, response["$ref"]))

    def _check(self, value, schema, place):
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"]]
        match schema["type"]:
            case "any":
                return
            case "object":
                yield from self._check_object(value, schema, place)
            case "array":
                if not isinstance(value, list):
                    yield f"{place}: {kind_of(value)} instead of an array"
                    return
                # Some lists of allowed values stand in the description of the list and not of its items.
                items = {"description": schema.get("description", ""), **schema["items"]}
                for index, item in enumerate(value):
                    yield from self._check(item, items, f"{place}[{index}]")
            case _:
                yield from check_scalar(value, schema, place)

    def _check_object(self, value, schema, place):
        if not isinstance(value, dict):
            yield f"{place}: {kind_of(value)} instead of an object"
            return
        properties = schema.get("properties", {})
        for name, item in value.items():
            if name in properties:
                known = properties[name]
                # `kind` has one value, which the document gives as its default.
                if name == "kind" and item != known.get("default", item):
                    yield f"{place}.kind: {item!r} instead of {known['default']!r}"
                yield from self._check(item, known, f"{place}.{name}")
            elif "additionalProperties" in schema:
                yield from self._check(item, schema["additionalProperties"], f"{place}[{name!r}]")
            else:
                yield f"{place}.{name}: no such property"


def check_scalar(value, schema, place):
    wanted, form = schema["type"], schema.get("format")
    if kind_of(value) != wanted and not (wanted == "number" and kind_of(value) == "integer"):
        yield f"{place}: {kind_of(value)} instead of {wanted}"
        return
    if form and not is_of_format(value, form):
        yield f"{place}: {value!r} is not of the format {form}"
    if value not in allowed_values(schema, value):
        yield f"{place}: {value!r} is not one of the values the document lists"


def is_of_format(value, form):
    try:
        match form:
            case "date-time":
                datetime.datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
                return RFC3339.fullmatch(value) is not None
            case "date":
                return datetime.date.fromisoformat(value).isoformat() == value
            case "int32":
                return -(2**31) <= value < 2**31
            case "int64":  # Of type string: JSON numbers cannot hold them everywhere.
                return INTEGER.fullmatch(value) is not None and -(2**63) <= int(value) < 2**63
    except ValueError:
        return False
    raise ValueError(f"the document has a format that this check does not know: {form}")


def allowed_values(schema, value):
    """Values come as `enum`, or as a list in the description that claims to be the whole of it."""
    if "enum" in schema:
        return schema["enum"]
    description = schema.get("description", "")
    if re.search(r"(Possible|The possible) values? (are|is):", description):
        return LISTED_VALUE.findall(description)
    return [value]


def kind_of(value):
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array", type(None): "null"}
    return kinds[type(value)]


def envelope_complaints(status, content_type, text):
    """What is wrong with a refusal: it must be one of Google's two envelopes, word for word in its keys."""
    if not content_type.startswith("application/json"):
        return [f"an error of type {content_type!r}"]
    try:
        body = json.loads(text)
        error = body["error"]
    except (ValueError, KeyError, TypeError):
        return ["not JSON with an error in it"]
    found = []
    front_end = isinstance(error, dict) and "status" in error
    wanted = ["code", "message", "errors", "status", "details"] if front_end else ["errors", "code", "message"]
    if list(body) != ["error"] or not isinstance(error, dict) or [key for key in wanted if key in error] != list(error):
        return [f"keys {list(error)} instead of {wanted}"]
    if not set(wanted) - {"details"} <= set(error):
        return [f"keys {list(error)} instead of {wanted}"]
    if error["code"] != status or type(error["code"]) is not int:
        found.append(f"code {error['code']!r} under status {status}")
    if not isinstance(error["message"], str) or not error["message"]:
        found.append("no message")
    if not isinstance(error["errors"], list) or not error["errors"]:
        return found + ["errors is empty"]
    for item in error["errors"]:
        missing = {"domain", "reason", "message"} - set(item)
        unknown = set(item) - {"domain", "reason", "message", "location", "locationType"}
        if missing or unknown or not all(isinstance(text, str) for text in item.values()):
            found.append(f"an item of errors with keys {list(item)}")
        if ("location" in item) != ("locationType" in item):
            found.append("location without locationType, or the other way round")
    return found
