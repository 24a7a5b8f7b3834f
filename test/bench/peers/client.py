"""The Python client, as its README shows it. Usage: client.py first|list|watch NAMESPACE [COUNT]"""

import json
import sys

from kubernetes import client, config, watch

PAGE_SIZE = 500


def first(api, namespace, _count):
    return len(api.list_namespaced_pod(namespace).items)


def list_all(api, namespace, _count):
    seen, token = 0, None
    while True:
        page = api.list_namespaced_pod(namespace, limit=PAGE_SIZE, _continue=token)
        seen += len(page.items)
        token = page.metadata._continue
        if not token:
            return seen


def watch_all(api, namespace, count):
    seen = set()
    stream = watch.Watch()
    for event in stream.stream(api.list_namespaced_pod, namespace, resource_version="0"):
        seen.add(event["object"].metadata.name)
        if len(seen) == count:
            stream.stop()
            return len(seen)
    return len(seen)


WORKS = {"first": first, "list": list_all, "watch": watch_all}

operation, namespace, *count = sys.argv[1:]
config.load_incluster_config()
done = WORKS[operation](client.CoreV1Api(), namespace, int(count[0]) if count else 0)
print(json.dumps({"count": done}))
