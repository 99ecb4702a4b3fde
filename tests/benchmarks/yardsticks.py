"""What registrar is measured against: programs that do the least that has to be done."""

__all__ = ["CREATES", "HYDRA", "LOG_ARTIFACTS", "LOOK", "PAGES", "PARSE", "UPLOAD_TO_S3"]

HYDRA = """
import hydra

@hydra.main(config_path=None, version_base="1.3")
def main(config):
    pass

if __name__ == "__main__":
    import sys
    sys.argv += [
        "hydra.output_subdir=null", "hydra.run.dir=.",
        "hydra/job_logging=none", "hydra/hydra_logging=none",
    ]
    main()
"""

LOOK = """
import sys
import mlflow
mlflow.MlflowClient(sys.argv[1]).get_registered_model(sys.argv[2])
"""

PARSE = """
import pathlib, sys
import yaml
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
"""

# The default experiment may be older than the server: its files would then be copied to a folder.
LOG_ARTIFACTS = """
import sys
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("yardstick")
with mlflow.start_run() as run:
    assert run.info.artifact_uri.startswith("mlflow-artifacts:"), run.info.artifact_uri
    mlflow.log_artifacts(sys.argv[2])
"""

UPLOAD_TO_S3 = """
import sys
import boto3
s3 = boto3.client("s3", endpoint_url=sys.argv[1])
s3.upload_file(sys.argv[2], "models", "yardstick/weights.bin")
"""

# The pages of models and of versions that hold the names, a hundred names each; and the files.
PAGES = """
import http.client, json, pathlib, sys, urllib.parse
import yaml

url = urllib.parse.urlsplit(sys.argv[1])
files = sorted(pathlib.Path(sys.argv[2]).glob("*.yaml"))
models = [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in files]
names = [model["name"] for model in models]
connection = http.client.HTTPConnection(url.hostname, url.port)
read = 0
for kind, size in (("registered-models", 100), ("model-versions", 10000)):
    for start in range(0, len(names), 100):
        some = ", ".join(f"'{name}'" for name in names[start : start + 100])
        query = urllib.parse.urlencode({"filter": f"name IN ({some})", "max_results": size})
        connection.request("GET", f"/api/2.0/mlflow/{kind}/search?{query}")
        reply = connection.getresponse()
        assert reply.status == 200, reply.read()
        page = json.loads(reply.read())
        read += len(page[kind.replace("-", "_")])
assert read == 3 * len(names), read
"""

# A model, a version and an alias each, as one after the other as they depend on each other.
CREATES = """
import http.client, json, sys, threading, urllib.parse
from concurrent.futures import ThreadPoolExecutor

url, count, prefix = urllib.parse.urlsplit(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
local = threading.local()

def post(path, body):
    if not hasattr(local, "connection"):
        local.connection = http.client.HTTPConnection(url.hostname, url.port)
    headers = {"Content-Type": "application/json"}
    local.connection.request("POST", f"/api/2.0/mlflow/{path}", json.dumps(body), headers)
    reply = local.connection.getresponse()
    text = reply.read()
    assert reply.status == 200, text

def create(number):
    name = f"{prefix}{number:05}"
    tags = [{"key": "registrar_managed", "value": '["@champion", "team"]'},
            {"key": "team", "value": "vision"}]
    post("registered-models/create", {"name": name, "description": "Digits", "tags": tags})
    tags = [{"key": key, "value": "0.003"} for key in ("lr", "epochs", "optimizer")]
    tags += [{"key": f"registrar_{key}", "value": "x" * 64} for key in ("digest", "managed", "config")]
    post("model-versions/create", {"name": name, "source": "s3://models/new", "tags": tags,
                                   "description": "Two-layer perceptron on 8x8 digits"})
    post("registered-models/alias", {"name": name, "alias": "champion", "version": "1"})

with ThreadPoolExecutor(8) as pool:
    list(pool.map(create, range(count)))
"""
