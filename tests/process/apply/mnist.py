"""What registrar says of the sample model."""

from __future__ import annotations

import subprocess

import yaml

from tests.support.registrar_process import ROOT

MODEL = ROOT / "models" / "mnist"
DESCRIPTION = yaml.safe_load((ROOT / "configs" / "model" / "mnist.yaml").read_text())["description"]
# The digest as coreutils make it.
PIPE = "find . -type f -printf '%P\\n' | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 sha256sum | sha256sum"
DONE = subprocess.run(["sh", "-c", PIPE], cwd=MODEL, capture_output=True, text=True, check=True)
DIGEST = f"sha256:{DONE.stdout.split()[0]}"
SIGNATURE = (
    '{"inputs":[{"tensor-spec":{"dtype":"float64","shape":[-1,64]},"type":"tensor"}],'
    '"outputs":[{"tensor-spec":{"dtype":"int64","shape":[-1]},"type":"tensor"}]}'
)
SHORT_DIGEST = DIGEST[:19]
CHANGES = f"""\
mnist
  + registered model  mnist
      description     Handwritten digits
      tags.team       vision
  + version {{version}} {SHORT_DIGEST}...  from models/mnist
      description         {DESCRIPTION}
      metadata.lr         0.003
      metadata.epochs     5
      metadata.optimizer  Adam
  + alias champion -> {{alias}}
"""
APPLIED = CHANGES.format(version="1        ", alias="1")
PLANNED = CHANGES.format(version="(new)    ", alias="(new)")
NOTHING_TO_DO = (
    f"Nothing to do: mnist version 1 matches configs/model/mnist.yaml ({SHORT_DIGEST}...).\n"
)
