"""What is shipped for running it: the manifests are valid, and all of it says what is promised."""

import json
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from app.draw import layout
from app.settings import Capacity, Limits, Settings, variable
from app.web.problems import KINDS

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "docs" / "deploy"
UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def text(path):
    return path.read_text(encoding="utf-8")


def size(words):
    return int(words[:-1]) * UNITS[words[-1].lower()]


MANIFESTS = list(yaml.safe_load_all(text(DEPLOY / "kubernetes.yaml")))
COMPOSE = yaml.safe_load(text(ROOT / "compose.yaml"))
NGINX_CONF = text(DEPLOY / "nginx.conf")
PROBLEMS = {status: json.loads(document) for status, document in re.findall(r"^ +(\d{3}|default) '(\{.*\})';$", NGINX_CONF, re.MULTILINE)}


def manifest(kind, name="curlyd"):
    (found,) = (each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return found


def pod():
    return manifest("Deployment")["spec"]["template"]["spec"]


def container():
    (found,) = pod()["containers"]
    return found


def nginx(directive):
    """What a directive of nginx.conf says, wherever it stands."""
    found = set(re.findall(rf"^\s*{directive} +([^;]+);", NGINX_CONF, re.MULTILINE))
    assert found, directive
    return found


def seconds(directive):
    return sorted(int(found.removesuffix("s")) for found in nginx(directive))


# Kubernetes


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("document", MANIFESTS, ids=lambda document: f"{document['kind']}-{document['metadata']['name']}")
def test_each_manifest_is_valid(document, version):
    kubernetes_validate.validate(document, version, strict=True)


def test_a_slip_in_a_manifest_would_be_noticed():
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest("Service") | {"specs": {}}, "1.30", strict=True)


def test_every_part_is_there_once():
    kinds = sorted(document["kind"] for document in MANIFESTS)
    assert kinds == ["Deployment", "HorizontalPodAutoscaler", "Ingress", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "Service"]
    assert not any("namespace" in document["metadata"] for document in MANIFESTS)


def test_the_pod_has_no_rights_to_spare():
    assert pod()["securityContext"] | {"fsGroup": None} == {
        "runAsNonRoot": True, "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": None, "seccompProfile": {"type": "RuntimeDefault"},
    }  # fmt: skip
    assert container()["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert pod()["automountServiceAccountToken"] is False
    assert pod()["volumes"] == [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}]
    assert container()["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]


def test_no_service_sets_a_variable_of_ours():
    assert pod()["enableServiceLinks"] is False


def test_an_update_takes_no_replica_away():
    spec = manifest("Deployment")["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert manifest("PodDisruptionBudget")["spec"]["minAvailable"] == 1
    # First no more requests come, then those that run are finished.
    assert container()["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}
    assert pod()["terminationGracePeriodSeconds"] == 30


def test_probes_ask_for_what_the_app_answers():
    from app.main import create_app

    probes = {name: container()[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/healthz"}
    assert {"/readyz", "/healthz"} <= set(create_app(Settings()).openapi()["paths"])
    assert {probe["port"] for probe in probes.values()} == {"http"}


def test_all_parts_mean_the_same_pods_and_ports():
    spec, labels = manifest("Deployment")["spec"], {"app.kubernetes.io/name": "curlyd"}
    assert spec["template"]["metadata"]["labels"] == labels
    assert spec["selector"]["matchLabels"] == labels
    assert manifest("Service")["spec"]["selector"] == labels
    assert manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert pod()["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == labels
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    environment = {item["name"]: item["value"] for item in container()["env"]}
    assert ports == {"http": int(environment["PORT"]), "metrics": int(environment["CURLYD_METRICS_PORT"])}
    assert {port["targetPort"] for port in manifest("Service")["spec"]["ports"]} == set(ports)
    for name in ("curlyd", "curlyd-live"):
        (rule,) = manifest("Ingress", name)["spec"]["rules"]
        assert [path["backend"]["service"] for path in rule["http"]["paths"]] == [{"name": "curlyd", "port": {"name": "http"}}]


def test_the_network_lets_in_what_it_must_and_out_nothing():
    spec = manifest("NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["egress"] == []
    assert {rule["ports"][0]["port"]: rule["from"] for rule in spec["ingress"]} == {
        8000: [{"namespaceSelector": {}}],
        9464: [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
    }


def test_replicas_follow_the_load():
    spec = manifest("HorizontalPodAutoscaler")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert spec["metrics"][0]["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
    # A share of the CPU is a share of what is requested.
    assert container()["resources"] == {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}}


def test_the_ingress_has_the_numbers_of_nginx_conf():
    page, live = (
        {name.rpartition("/")[2]: value for name, value in manifest("Ingress", name)["metadata"]["annotations"].items()}
        for name in ("curlyd", "curlyd-live")
    )
    assert nginx("client_max_body_size") == {page["proxy-body-size"]}
    assert nginx("proxy_request_buffering") == {page["proxy-request-buffering"]}
    assert nginx("proxy_next_upstream") == {page["proxy-next-upstream"]}
    assert nginx("proxy_next_upstream_tries") == {page["proxy-next-upstream-tries"]}
    assert seconds("proxy_next_upstream_timeout") == [int(page["proxy-next-upstream-timeout"])]
    assert seconds("proxy_connect_timeout") == [int(page["proxy-connect-timeout"])]
    assert seconds("proxy_read_timeout") == [int(page["proxy-read-timeout"]), int(live["proxy-read-timeout"])]
    assert nginx("limit_conn sockets") == {live["limit-connections"]}


# Compose


@pytest.mark.parametrize(("name", "user"), [("nginx", "101:101"), ("curlyd", "10001:10001")])
def test_no_service_has_rights_to_spare(name, user):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == user
    assert service["init"] is True
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"] == "20s"
    assert "healthcheck" in service
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    # What is written to the tmpfs is memory, too.
    assert size(re.search(r"size=(\w+)", service["tmpfs"][0])[1]) <= size(service["mem_limit"]) / 2


def test_only_nginx_is_published_and_only_to_this_machine():
    assert set(COMPOSE["services"]) == {"nginx", "curlyd"}
    assert COMPOSE["services"]["nginx"]["ports"] == ["127.0.0.1:${PORT:-8000}:8080"]
    assert "ports" not in COMPOSE["services"]["curlyd"]
    assert COMPOSE["services"]["curlyd"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_the_app_runs_twice_as_the_image_has_it():
    service = COMPOSE["services"]["curlyd"]
    assert service["deploy"]["replicas"] == 2
    assert service["mem_limit"] == "2g"
    assert f"USER {service['user']}\n" in text(ROOT / "Dockerfile")
    environment = service["environment"]
    assert nginx(r"set \$app") == {f"curlyd:{environment['PORT']}"}
    # What is empty stands for nothing.
    settings = Settings.from_environment(environment | {"CURLYD_HOSTS": environment["CURLYD_HOSTS"].replace("${CURLYD_HOSTS:-}", "")})
    assert (settings.host, settings.port, settings.metrics_port, settings.hosts) == ("0.0.0.0", 8000, 9464, ())


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_heavy_work_fits_into_the_memory(where):
    settings = Settings()
    memory = {"compose": COMPOSE["services"]["curlyd"]["mem_limit"], "kubernetes": container()["resources"]["limits"]["memory"]}
    work = settings.capacity.heavy_at_once * settings.limits.memory_bytes + settings.capacity.layouts_at_once * layout.MEMORY
    # Beside it stand what the server keeps, the requests that it holds, and the tmpfs.
    beside = settings.capacity.cache_bytes + settings.capacity.bodies_bytes + size("64m")
    assert work + beside <= size(memory[where].removesuffix("i"))


def test_the_image_starts_without_compiling():
    """A container cannot write what it would compile; and copying a file may change its time, by which Python would know it as outdated."""
    commands = re.findall(r"compileall [^\n]+", text(ROOT / "Dockerfile"))
    assert [command.split()[-1] for command in commands] == ["/opt/curlyd/lib", "/srv/curlyd/app"]
    assert all("--invalidation-mode unchecked-hash" in command for command in commands)
    assert '\nCMD ["python", "-m", "app.cli", "serve"]\n' in text(ROOT / "Dockerfile")


def test_nginx_reads_the_file_that_is_checked_here():
    service = COMPOSE["services"]["nginx"]
    assert service["volumes"] == ["./docs/deploy/nginx.conf:/etc/nginx/nginx.conf:ro"]
    assert f":{nginx('listen').pop().split()[0]}/" in " ".join(service["healthcheck"]["test"])
    assert int(nginx("worker_rlimit_nofile").pop()) <= service["ulimits"]["nofile"]


# Names of variables


@pytest.mark.parametrize("path", [ROOT / "compose.yaml", DEPLOY / "nginx.conf", DEPLOY / "kubernetes.yaml"], ids=lambda path: path.name)
def test_every_variable_that_is_named_exists(path):
    known = {
        f"CURLYD_{name.upper()}"
        for of in (Settings, *(type(getattr(Settings(), field.name)) for field in fields(Settings)))
        for name in getattr(of, "__dataclass_fields__", {})
    }
    named = set(re.findall(r"CURLYD_[A-Z]+(?:_[A-Z]+)*", text(path)))
    assert named
    assert named <= known


# What operators read

OPERATE = text(ROOT / "docs" / "operate.md")


def test_every_capacity_is_told():
    rows = [f"| `{variable(item.name)}` | {item.default} | {item.metadata['about']} |" for item in fields(Capacity)]
    assert "\n".join(rows) in OPERATE


def test_the_other_settings_are_told():
    own = {field.name for field in fields(Settings)} - {"limits", "capacity", "host", "port"}
    assert {name for name in own if f"| `{variable(name)}` |" in OPERATE} == own
    assert f"| `HOST` | {Settings().host} |" in OPERATE
    assert f"| `PORT` | {Settings().port} |" in OPERATE


def test_every_metric_that_is_named_exists():
    from prometheus_client import generate_latest

    from app.web.live import Lines
    from app.web.metrics import Metrics
    from app.work.desk import Desk

    found = generate_latest(Metrics(Desk(Limits(), Capacity(), bool), Lines(Capacity())).registry).decode()
    there = set(re.findall(r"^# TYPE (\w+)", found, re.MULTILINE))
    there |= {f"{name}_bucket" for name in re.findall(r"^# TYPE (\w+) histogram", found, re.MULTILINE)}
    named = set(re.findall(r"(?:curlyd|process)_[a-z_]+", re.sub(r"http\S+", "", OPERATE)))
    assert named <= there
    assert {name for name in there if name.startswith("curlyd_")} <= named


# nginx


def test_nginx_lets_through_what_the_app_takes():
    assert size(nginx("client_max_body_size").pop()) >= Limits().body_bytes


def test_slow_clients_are_bounded():
    for directive in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        assert seconds(directive) == [10]
    assert nginx("reset_timedout_connection") == {"on"}
    # A body that comes drop by drop passes every timeout of nginx. The app ends it, for which it must see it come.
    assert nginx("proxy_request_buffering") == {"off"}
    assert Settings().capacity.body_seconds <= 10
    assert nginx("proxy_buffering") == {"on"}


def test_nginx_waits_longer_than_the_app_works():
    settings = Settings()
    ordinary, live = seconds("proxy_read_timeout")
    assert settings.limits.seconds + settings.limits.layout_seconds < ordinary < 30
    assert settings.capacity.idle_seconds < live


def test_no_request_is_spread_over_all_replicas():
    assert nginx("proxy_next_upstream") == {"error timeout"}
    assert "non_idempotent" not in NGINX_CONF
    assert nginx("proxy_next_upstream_tries") == {"2"}
    assert seconds("proxy_connect_timeout") < seconds("proxy_next_upstream_timeout") < seconds("proxy_read_timeout")


def test_no_address_is_written_down():
    log = re.search(r"log_format json.*?;", NGINX_CONF, re.DOTALL)[0]
    assert not re.search(r"remote_addr|forwarded|realip|network|\$request\b|args|query|referer|user", log)
    http = NGINX_CONF[NGINX_CONF.index("http {") :]
    # Messages about a connection begin with "client: ", whatever they are about; at this level there are none.
    assert re.findall(r"error_log ([^;]+);", http) == ["stderr emerg"]


def test_each_answer_of_nginx_itself_is_a_problem_document():
    caught = {int(word) for found in nginx("error_page") for word in found.split() if word.isdecimal()} - {494} | {431}
    assert caught >= {400, 408, 413, 414, 429, 431, 502, 503, 504}
    assert {int(status) for status in PROBLEMS if status != "default"} == caught - {500}
    for status, document in PROBLEMS.items():
        assert set(document) == {"type", "title", "status", "detail"}
        assert document["status"] == (500 if status == "default" else int(status))
        assert document["type"].removeprefix("/problems#") in KINDS
    waits = dict(re.findall(r"^ +(\d{3}) (\d+);$", NGINX_CONF, re.MULTILINE))
    assert set(waits) == {"429", "502", "503", "504"}
    for status, wait in waits.items():
        assert f"Ask again in {wait} s." in PROBLEMS[status]["detail"]


def locations():
    """What stands in each location of nginx.conf, by how it is called there."""
    return dict(re.findall(r"^ {8}location ([^{]+?) \{\n(.*?)^ {8}\}", NGINX_CONF, re.MULTILINE | re.DOTALL))


def test_overload_is_turned_away_before_the_app():
    assert "$server_name zone=all:64k" in nginx("limit_conn_zone")
    most, alone = int(nginx("limit_conn all").pop()), int(nginx("limit_conn running").pop())
    capacity = Settings().capacity
    # Two replicas have their lanes full before, and a class that asks all at once is let in.
    assert most >= 2 * (capacity.light_at_once + capacity.light_waiting + capacity.heavy_at_once + capacity.heavy_waiting)
    assert most >= 2 * alone > 2 * 200
    # What is held for long, or costs next to nothing, does not count.
    assert [name for name, said in locations().items() if "limit_conn all" in said] == ["/"]
    assert {"/", "= /api/v1/live", "= /healthz", "~ ^/(static|fonts|docs/assets)/"} <= set(locations())
    assert nginx("limit_conn_status") == {"503"}
    assert nginx("limit_req_status") == {"429"}
    assert PROBLEMS["503"]["type"] == f"/problems#{KINDS['busy'].slug}"


def test_slow_bodies_leave_room():
    from benchmarks.slow_clients import CLIENTS, FILE
    from benchmarks.slow_clients import KINDS as SLOW

    (files,) = (name.removeprefix("~ ") for name in locations() if name.startswith("~ "))
    assert re.match(files, FILE)
    assert int(nginx("limit_conn all").pop()) > CLIENTS / len(SLOW)


def test_a_class_behind_one_address_fits():
    class_, files = 200, len(list((ROOT / "static").rglob("*.*")))
    assert int(nginx("limit_conn sockets").pop()) >= 2 * class_
    bursts = {name: int(burst) for name, burst in re.findall(r"limit_req zone=(\w+) burst=(\d+)", NGINX_CONF)}
    rates = {name: int(rate) for name, rate in re.findall(r"zone=(\w+):10m rate=(\d+)r/s", NGINX_CONF)}
    # Within ten seconds all open the page: all files, the page itself, the socket and what the page asks at once.
    assert class_ * files <= bursts["files"] + 10 * rates["files"]
    assert class_ * 8 <= bursts["questions"] + 10 * rates["questions"]
    # What comes in one instant waits before the app, and is not turned away by it.
    assert "limit_req zone=questions burst=800 delay=20;" in locations()["/"]
    assert Settings().capacity.light_waiting > 20


@pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light")
def test_nginx_takes_its_configuration(tmp_path):
    path = tmp_path / "nginx.conf"
    path.write_text(NGINX_CONF.replace("curlyd:8000", "127.0.0.1:8000").replace("/tmp/nginx", f"{tmp_path}/nginx"), encoding="utf-8")
    found = subprocess.run([NGINX, "-t", "-c", str(path)], capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 0, found.stderr
    assert "[warn]" not in found.stderr
