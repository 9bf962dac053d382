"""Dockerfile and compose.yaml against the rules that hadolint and the CIS benchmark check."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())[
    "services"
]


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, the rest) of every logical line."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines())
            if word]  # fmt: skip


def faults(text: str) -> list[str]:
    """Every rule that `text` breaks, in words."""
    found = instructions(text)
    of = {name: [rest for word, rest in found if word == name] for name in dict(found)}
    last_stage = found[max(i for i, (word, _) in enumerate(found) if word == "FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    args = dict(rest.partition("=")[::2] for rest in of.get("ARG", []))
    bases = [re.sub(r"\$\{(\w+)\}", lambda m: args.get(m[1], ""), b.split()[0]) for b in of["FROM"]]
    shell = " ".join(of.get("RUN", []))
    rules = {
        "a base is not pinned by digest": not all("@sha256:" in base for base in bases),
        "the last stage runs as root": not users or users[-1] in ("root", "0"),
        "no HEALTHCHECK": "HEALTHCHECK" not in of,
        "ADD instead of COPY": "ADD" in of,
        "COPY of everything": any(rest.split()[0] == "." for rest in of.get("COPY", [])),
        "relative WORKDIR": any(not rest.startswith("/") for rest in of.get("WORKDIR", [])),
        "ENTRYPOINT or CMD not in JSON form": any(
            not rest.startswith("[") for word in ("ENTRYPOINT", "CMD") for rest in of.get(word, [])
        ),
        "apt-get without --no-install-recommends": "apt-get install" in shell
        and "--no-install-recommends" not in shell,
        "apt lists are kept": "apt-get update" in shell and "/var/lib/apt/lists" not in shell,
        "a download is piped into a shell": bool(re.search(r"(curl|wget).*\|\s*(ba)?sh", shell)),
        "sudo": bool(re.search(r"\bsudo\b", shell)),
        "a secret in ENV or ARG": bool(re.search(r"(?i)(password|secret|token)\w*=", text)),
    }
    return [words for words, broken in rules.items() if broken]


def test_dockerfile_breaks_no_rule() -> None:
    assert faults(DOCKERFILE) == []


BROKEN = {
    "a base is not pinned by digest": ("@sha256:", "-"),
    "the last stage runs as root": ("\nUSER reenact\n", "\nUSER root\n"),
    "no HEALTHCHECK": ("HEALTHCHECK", "LABEL"),
    "ADD instead of COPY": ("COPY engines", "ADD engines"),
    "COPY of everything": ("COPY engines engines", "COPY . ."),
    "relative WORKDIR": ("WORKDIR /work", "WORKDIR work"),
    "ENTRYPOINT or CMD not in JSON form": ('ENTRYPOINT ["reenact"]', "ENTRYPOINT reenact"),
    "apt-get without --no-install-recommends": ("--no-install-recommends", ""),
    "apt lists are kept": ("rm -rf /var/lib/apt/lists/*", "true"),
    "a download is piped into a shell": ("apt-get update", "curl https://x.y | sh"),
    "sudo": ("apt-get update", "sudo apt-get update"),
    "a secret in ENV or ARG": ("ARG VARIANT=cpu", "ARG TOKEN=abc"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_rule_is_found(fault: str) -> None:
    assert fault in faults(DOCKERFILE.replace(*BROKEN[fault]))


def test_everything_copied_exists_and_is_not_ignored() -> None:
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    sources = [
        source
        for word, rest in instructions(DOCKERFILE)
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]

    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in let_in


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert 0 < service["pids_limit"] <= 256
    assert service["mem_limit"] == service["memswap_limit"] == "8g"
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    volumes = {volume.partition(":")[2] for volume in service["volumes"]}
    assert {"/data/packs", "/data/cache"} <= volumes


@pytest.mark.parametrize("name", ["live", "live-cuda"])
def test_service_that_failed_is_started_again_a_few_times(name: str) -> None:
    assert SERVICES[name]["restart"] == "on-failure:5"


def test_every_variant_is_one_the_installer_knows() -> None:
    installer = (ROOT / "tools" / "install_variant.sh").read_text()
    built = [service["build"] for service in SERVICES.values()]
    named = [build["args"]["VARIANT"] for build in built if isinstance(build, dict)]

    for variant in (*named, *re.findall(r"VARIANT=(\w+)", DOCKERFILE)):
        assert re.search(rf"^{variant}\)", installer, re.MULTILINE), variant
