#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads examples/kubernetes/horde.yaml.

In: the manifest. Out: with --args the arguments of its node, one a line; else
nothing, and exit 1 with a sentence if its parts do not fit together."""

import sys

import yaml

# Where a topology of strategy `kubernetes` looks: as in read_kubernetes.
SOURCES = {
    "slices": ("discovery.k8s.io", "endpointslices"),
    "endpoints": ("", "endpoints"),
    "pods": ("", "pods"),
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return {x["kind"]: x for x in yaml.safe_load_all(file)}


def container(things):
    (result,) = things["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    return result


def options(args):
    """--key=value, as a dictionary."""
    return dict(x[2:].split("=", 1) for x in args if x.startswith("--"))


def formation(text):
    """kind:key=value,... as the command line of a node takes it."""
    kind, _, rest = text.partition(":")
    return kind, dict(x.split("=", 1) for x in rest.split(","))


def check(that, sentence):
    if not that:
        sys.exit(f"the manifest is wrong: {sentence}")


def check_account(things, source):
    account = things["ServiceAccount"]["metadata"]["name"]
    role = things["Role"]["metadata"]["name"]
    binding = things["RoleBinding"]
    check(binding["roleRef"]["name"] == role, "the binding is of another role")
    check([x["name"] for x in binding["subjects"]] == [account],
          "the binding is for another account")
    check(things["StatefulSet"]["spec"]["template"]["spec"]["serviceAccountName"]
          == account, "the pods have another account")
    group, resource = SOURCES[source]
    (rule,) = things["Role"]["rules"]
    check(rule["apiGroups"] == [group] and rule["resources"] == [resource],
          f"the role is not for {resource}")
    check(rule["verbs"] == ["list", "watch"], "a node lists and watches")


def check_service(things, settings):
    service, pods = things["Service"], things["StatefulSet"]["spec"]
    labels = pods["template"]["metadata"]["labels"]
    key, _, value = settings["selector"].partition("=")
    check(service["metadata"]["labels"].get(key) == value,
          "the service lacks the label that nodes look for")
    check(service["spec"]["clusterIP"] == "None", "the service is not headless")
    check(service["spec"]["publishNotReadyAddresses"] is True,
          "nodes that are not ready are hidden")
    check(service["spec"]["selector"].items() <= labels.items(),
          "the service picks other pods")
    check(pods["selector"]["matchLabels"].items() <= labels.items(),
          "the set picks other pods")
    check(pods["serviceName"] == service["metadata"]["name"],
          "the pods have no host names")


def check_ports(things, given, settings):
    name = settings.get("port", "horde")
    port = int(given["listen"].rpartition(":")[2])
    offered = {(x["name"], x["port"], x["protocol"])
               for x in things["Service"]["spec"]["ports"]}
    check((name, port, "TCP") in offered, f"the service has no port {name}")
    check(any(x[1:] == (port, "UDP") for x in offered), "datagrams have no port")
    check({(x["name"], x["containerPort"], x["protocol"])
           for x in container(things)["ports"]} == offered,
          "the ports of pod and service differ")


def check_names(things, given):
    service = things["Service"]["metadata"]["name"]
    check(given["advertise"]
          == f"$(POD_NAME).{service}.$(POD_NAMESPACE).svc.cluster.local",
          "nodes tell another name than they are found at")
    known = {x["name"]: x["valueFrom"]["fieldRef"]["fieldPath"]
             for x in container(things)["env"]}
    check(known == {"POD_NAME": "metadata.name",
                    "POD_NAMESPACE": "metadata.namespace"},
          "the variables in the arguments are not set")


def check_files(things, given):
    pod, node = things["StatefulSet"]["spec"]["template"]["spec"], container(things)
    (mount,), (volume,) = node["volumeMounts"], pod["volumes"]
    check(mount["name"] == volume["name"]
          and given["secret-file"] == mount["mountPath"] + "/secret",
          "the secret is elsewhere")
    check(volume["secret"]["defaultMode"] == 0o400, "others may read the secret")
    check(node["readinessProbe"]["exec"]["command"][-1] == given["ready-file"],
          "the probe looks at another file")
    check(pod["terminationGracePeriodSeconds"] > 10, "too little time to end")


def main():
    path = sys.argv[-1]
    things = read(path)
    args = container(things)["args"]
    if "--args" in sys.argv:
        print("\n".join(args))
        return
    given = options(args)
    kind, settings = formation(given["formation"])
    check(container(things)["command"] == ["horde"] and args[0] == "node",
          "it runs no node")
    check(kind == "kubernetes", "another strategy")
    check(settings["naming"] == "hostname", "nodes are found under other names")
    check_account(things, settings.get("source", "slices"))
    check_service(things, settings)
    check_ports(things, given, settings)
    check_names(things, given)
    check_files(things, given)


if __name__ == "__main__":
    main()
