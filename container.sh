#!/usr/bin/env bash
# Builds a container image negsamples of the single file, with podman, buildah or docker, whichever is there.
#
#   ./container.sh && podman run --rm -v "$PWD:/work" negsamples train --data shapes --steps 20
#   BUILDAH_ISOLATION=chroot ./container.sh     where podman or buildah may not start a container, as within one
#   ./container.sh --base IMAGE      on another image with glibc 2.34 or later and libstdc++ (default: debian:trixie-slim)
set -euo pipefail
cd "$(dirname "$0")"
base=debian:trixie-slim
[[ ${1:-} != --base ]] || base=${2:?--base needs an image}
for builder in podman buildah docker; do
  command -v "$builder" >/dev/null && break || builder=
done
[[ -n $builder ]] || { echo "Found neither podman, buildah nor docker." >&2; exit 4; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $(uname -m) in aarch64 | arm64) platform=linux-arm64 ;; *) platform=linux-x64 ;; esac
./single-file.sh "$platform" "$work"

cat >"$work/Containerfile" <<END
FROM $base
COPY negsamples /usr/local/bin/negsamples
ENV DOTNET_BUNDLE_EXTRACT_BASE_DIR=/var/cache/negsamples
# Native libraries are unpacked while the image is made, so that it runs on a file system that cannot be written to.
RUN mkdir -p /work /var/cache/negsamples && negsamples --version
WORKDIR /work
ENTRYPOINT ["negsamples"]
END
"$builder" build -t negsamples -f "$work/Containerfile" "$work"
