# The Action's container: Python, the locked libraries and the program, nothing that builds.
#
# No USER and no WORKDIR: GitHub mounts the workspace and the file commands for root and sets the
# working directory (docs: "Dockerfile support for GitHub Actions").

ARG BASE=python:3.13-slim

FROM ${BASE} AS build
RUN python3 -m venv /opt/build && python3 -m venv --without-pip /opt/oidc-enforcer
COPY requirements/build.txt requirements/runtime.txt /src/requirements/
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
RUN /opt/build/bin/pip install -q --require-hashes -r /src/requirements/build.txt \
 && /opt/build/bin/pip --python /opt/oidc-enforcer/bin/python install -q --require-hashes --only-binary=:all: \
      -r /src/requirements/runtime.txt
COPY pyproject.toml README.md LICENSE /src/
COPY src /src/src
# The bytecode is checked against nothing: its source cannot change in an image.
RUN /opt/build/bin/pip wheel -q --no-deps --no-build-isolation --wheel-dir /opt/build/wheel /src \
 && /opt/build/bin/pip --python /opt/oidc-enforcer/bin/python install -q --no-deps /opt/build/wheel/*.whl \
 && /opt/oidc-enforcer/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/oidc-enforcer/lib

FROM ${BASE}
LABEL org.opencontainers.image.title="oidc-enforcer" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/oidc-enforcer/oidc-enforcer"
COPY --from=build /opt/oidc-enforcer /opt/oidc-enforcer
# Without it a missing credential is looked for on the network of a virtual machine, for seconds.
ENV AWS_EC2_METADATA_DISABLED=true
# -I: a module in the checkout, or PYTHONPATH in a workflow's env, is not imported.
# Exec form: a shell would drop the inputs whose names have hyphens.
ENTRYPOINT ["/opt/oidc-enforcer/bin/python", "-I", "-m", "oidc_enforcer", "action"]
