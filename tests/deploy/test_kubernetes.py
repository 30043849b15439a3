"""The manifests: valid by the cluster's own schemas, and true about the program that they run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.deployed import (
    ACCOUNT,
    DEPLOY,
    LONGEST_END_SECONDS,
    by_tool,
    check_settings,
    documents,
)
from tongxing.gateway.http.probes import PROBE_PATHS, READY_DEADLINE_SECONDS

FOLDER = DEPLOY / "kubernetes"
FILES = sorted(file.name for file in FOLDER.glob("*.yaml"))
[KUSTOMIZATION] = documents("kubernetes/kustomization.yaml")
MANIFESTS = [name for name in FILES if name != "kustomization.yaml"]
OBJECTS = {
    (each["kind"], each["metadata"]["name"]): each
    for name in KUSTOMIZATION["resources"]
    for each in documents(f"kubernetes/{name}")
}
SET = OBJECTS["StatefulSet", "tongxing"]
POD: dict[str, Any] = SET["spec"]["template"]["spec"]
[HUB] = POD["containers"]
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
LIVEZ, READYZ = PROBE_PATHS


@pytest.mark.processes
@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("name", MANIFESTS)
def test_each_is_valid_by_the_schemas_of_the_cluster(name: str, version: str) -> None:
    """Of the oldest version that knows all that is written there, and of the newest."""
    by_tool("kubernetes-validate", "--strict", "--version", version, FOLDER / name)


def test_each_file_is_applied_or_named_by_one_that_is() -> None:
    applied = set(KUSTOMIZATION["resources"])
    named_elsewhere = {"autoscaler-with-figures.yaml"}
    assert applied | named_elsewhere == set(MANIFESTS)
    assert "autoscaler-with-figures.yaml" in (FOLDER / "autoscaler.yaml").read_text("utf-8")


def _containers() -> Iterator[dict[str, Any]]:
    yield from (*POD["initContainers"], HUB)


def test_it_is_restricted() -> None:
    """As the cluster's own standard `restricted` asks, which the namespace enforces."""
    namespace = OBJECTS["Namespace", "tongxing"]["metadata"]["labels"]
    assert namespace["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = POD["securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] == pod["runAsGroup"] == pod["fsGroup"] == ACCOUNT
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in _containers():
        guarded = container["securityContext"]
        assert guarded["allowPrivilegeEscalation"] is False
        assert guarded["readOnlyRootFilesystem"] is True
        assert guarded["capabilities"] == {"drop": ["ALL"]}


def test_it_has_no_token_of_the_cluster() -> None:
    assert POD["automountServiceAccountToken"] is False
    account = OBJECTS["ServiceAccount", POD["serviceAccountName"]]
    assert account["automountServiceAccountToken"] is False
    assert POD["enableServiceLinks"] is False


@pytest.mark.parametrize(
    ("probe", "path"), list(zip(PROBES, (LIVEZ, LIVEZ, READYZ), strict=True)), ids=PROBES
)
def test_each_probe_asks_what_its_answer_decides(probe: str, path: str) -> None:
    """A database that is away must not end the process, and a full hub must not be left."""
    asked = HUB[probe]
    assert asked["httpGet"] == {"path": path, "port": "operation"}
    assert asked["timeoutSeconds"] > READY_DEADLINE_SECONDS
    assert asked["failureThreshold"] > 1


def test_there_is_time_to_end() -> None:
    drained = HUB["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert POD["terminationGracePeriodSeconds"] > drained + LONGEST_END_SECONDS


def _environment() -> dict[str, str]:
    return {entry["name"]: entry.get("value", "unix:///run/c.sock") for entry in HUB["env"]}


def test_what_is_named_is_a_setting(tmp_path: Path) -> None:
    text = OBJECTS["ConfigMap", "tongxing-settings"]["data"]["settings.toml"]
    settings = check_settings(_environment(), tmp_path, text)
    assert settings.database.url is not None
    assert settings.profile == "production"
    given = {mount["mountPath"] for mount in HUB["volumeMounts"]}
    credential = settings.issuers[0].credential
    assert credential is not None
    for file in (settings.keys.hub, settings.trust.list, credential):
        assert str(file.parent) in given


def test_what_it_remembers_has_room_in_its_memory(tmp_path: Path) -> None:
    """Statements, histories and prepared answers each have the megabytes of the cache."""
    text = OBJECTS["ConfigMap", "tongxing-settings"]["data"]["settings.toml"]
    cache = check_settings(_environment(), tmp_path, text).cache
    megabytes = 3 * cache.megabytes + cache.filter_megabytes
    assert HUB["resources"]["limits"]["memory"] == "3Gi"
    assert megabytes < 2 * 1_024


def test_ports_are_the_images() -> None:
    image = (DEPLOY / "container" / "Containerfile").read_text("utf-8")
    ports = {port["name"]: port["containerPort"] for port in HUB["ports"]}
    assert f"EXPOSE {ports['clients']} {ports['operation']}" in image
    policy = OBJECTS["NetworkPolicy", "tongxing"]["spec"]["ingress"]
    assert {port["port"] for rule in policy for port in rule["ports"]} == set(ports.values())


def test_nobody_gets_in_or_out_who_is_not_named() -> None:
    spec = OBJECTS["NetworkPolicy", "nothing-unless-named"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_each_replica_keeps_what_it_has_seen() -> None:
    """docs/operating/standby.md: a machine without it cannot know what it signed before."""
    [claim] = SET["spec"]["volumeClaimTemplates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in HUB["volumeMounts"]}
    assert mounts[claim["metadata"]["name"]] == "/var/lib/tongxing"
    assert SET["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] == "Retain"


def test_everything_selects_the_replicas() -> None:
    labels = SET["spec"]["template"]["metadata"]["labels"]
    assert SET["spec"]["selector"]["matchLabels"] == labels
    assert OBJECTS["PodDisruptionBudget", "tongxing"]["spec"]["selector"]["matchLabels"] == labels
    assert OBJECTS["Service", "tongxing"]["spec"]["selector"] == labels
    assert OBJECTS["Service", SET["spec"]["serviceName"]]["spec"]["selector"] == labels
    for constraint in POD["topologySpreadConstraints"]:
        assert constraint["labelSelector"]["matchLabels"] == labels


@pytest.mark.parametrize("name", ["autoscaler.yaml", "autoscaler-with-figures.yaml"])
def test_replicas_are_the_autoscalers(name: str) -> None:
    [scaler] = documents(f"kubernetes/{name}")
    assert scaler["spec"]["scaleTargetRef"]["kind"] == SET["kind"]
    assert scaler["metadata"]["name"] == SET["metadata"]["name"]
    assert "replicas" not in SET["spec"]
    first = scaler["spec"]["metrics"][0]["resource"]
    assert first["target"]["averageUtilization"] < 100
    assert HUB["resources"]["requests"]["cpu"] == "1"  # one event loop
