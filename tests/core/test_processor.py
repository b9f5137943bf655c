"""The processor as Linux describes it, from files made by hand."""

import pytest

from lmkit.core.processor import CPUINFO, has_fast_bfloat16, processor_name

DESCRIPTION = """processor\t: 0
model name\t: {name}
flags\t\t: fpu vme {flags}

processor\t: 1
model name\t: {name}
flags\t\t: fpu vme
"""


def described(tmp_path, *, name="Some Processor 9000", flags=""):
    path = tmp_path / "cpuinfo"
    path.write_text(DESCRIPTION.format(name=name, flags=flags), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "flags", ["avx512_bf16", "amx_tile amx_bf16 sse2", "sse2 avx512_bf16 rdpid"]
)
def test_a_processor_with_the_instructions_has_them(tmp_path, flags):
    assert has_fast_bfloat16(described(tmp_path, flags=flags))


@pytest.mark.parametrize("flags", ["", "avx512f avx512_vnni", "avx512_bf16x not_amx_bf16"])
def test_a_name_that_only_looks_alike_does_not_count(tmp_path, flags):
    assert not has_fast_bfloat16(described(tmp_path, flags=flags))


def test_a_system_without_a_description_has_none(tmp_path):
    assert not has_fast_bfloat16(tmp_path / "missing")
    assert processor_name(tmp_path / "missing")


def test_a_description_without_flags_has_none(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd\n", encoding="utf-8")
    assert not has_fast_bfloat16(tmp_path / "cpuinfo")


def test_this_machine_answers_as_its_description_says():
    listed = CPUINFO.is_file() and any(
        flag in CPUINFO.read_text("utf-8").split() for flag in ("avx512_bf16", "amx_bf16")
    )
    assert has_fast_bfloat16() == listed


def test_the_name_is_the_one_in_the_description(tmp_path):
    assert processor_name(described(tmp_path, name="AMD EPYC")) == "AMD EPYC"
