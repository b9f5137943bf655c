"""The `llm` command over the server, by its settings for servers that speak as OpenAI's do."""

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("llm", reason="the package llm is not installed")

import openai

SETTINGS = """\
- model_id: cats
  model_name: cats
  api_base: {server}/v1
  completion: true
"""


def test_the_command_continues_a_prompt_over_the_server(
    server: str, quiet_environment: dict[str, str]
) -> None:
    folder = Path(quiet_environment["LLM_USER_PATH"])
    folder.mkdir()
    (folder / "extra-openai-models.yaml").write_text(SETTINGS.format(server=server))
    asked = ["llm", "-m", "cats", "-o", "max_tokens", "6", "-o", "temperature", "0", "the cat"]
    done = subprocess.run(
        asked, capture_output=True, text=True, env=quiet_environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    with openai.OpenAI(base_url=f"{server}/v1", api_key="none") as client:
        expected = client.completions.create(
            model="cats", prompt="the cat", max_tokens=6, temperature=0
        )
    assert done.stdout.strip() == expected.choices[0].text.strip()
