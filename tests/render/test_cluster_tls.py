"""A cluster whose parts show certificates to one another."""

import io
import shutil
import subprocess

import pytest
from dask import config as dask_config
from render.batches import light_jobs
from render.clusters import dask, scheduler, worker  # noqa: F401 (a fixture)
from rich.console import Console

from asn_research.errors import BatchError
from asn_research.render.batch import render_batch
from asn_research.render.inputs import prepare_inputs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inputs(small_processed):
    return prepare_inputs(small_processed)


@pytest.fixture
def certificates(tmp_path):
    """An authority, and a certificate that it signed, as Dask's options name them."""
    folder = tmp_path / "tls"
    folder.mkdir()
    ca, ca_key, request, cert, key = (folder / n for n in ("ca.pem", "ca.key", "a.csr", "a.pem", "a.key"))
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    signed = [
        "openssl",
        "x509",
        "-req",
        "-in",
        request,
        "-CA",
        ca,
        "-CAkey",
        ca_key,
        "-CAcreateserial",
        "-days",
        "2",
    ]
    for command in (
        [*new, "-x509", "-days", "2", "-subj", "/CN=authority", "-keyout", ca_key, "-out", ca],
        [*new, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request],
        [*signed, "-out", cert],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return {"ca-file": str(ca), "cert": str(cert), "key": str(key)}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_a_cluster_with_tls_renders_and_one_without_certificates_gets_nothing(
    inputs,
    tmp_path,
    dask,  # noqa: F811
    certificates,
    monkeypatch,
):
    options = [each for name, path in certificates.items() for each in (f"--tls-{name}", path)]
    address = scheduler(dask, "tls", *options)
    assert address.startswith("tls://")
    worker(dask, address, *options)
    monkeypatch.setattr("asn_research.render.cluster._SECONDS_TO_ANSWER", 10)
    jobs, console = light_jobs(inputs)[:2], Console(file=io.StringIO(), width=200)
    with pytest.raises(
        BatchError, match=r"No Dask scheduler answers at tls://.*distributed.comm.tls.ca-file"
    ):
        render_batch(inputs, jobs, tmp_path / "refused", cluster=address, console=console)
    named = {
        "distributed.comm.tls.ca-file": certificates["ca-file"],
        "distributed.comm.tls.client.cert": certificates["cert"],
        "distributed.comm.tls.client.key": certificates["key"],
    }
    with dask_config.set(named):
        results = render_batch(inputs, jobs, tmp_path / "reports", cluster=address, console=console)
    assert [r.message for r in results if not r.is_published] == []
    assert console.file.getvalue() == ""
