#!/usr/bin/env bash
# Builds the documentation site into artifacts/site. A link that leads neither to a page nor to a folder of the repository is an error.
set -euo pipefail
cd "$(dirname "$0")"
dotnet tool restore
rm -rf artifacts/api artifacts/site artifacts/site-log.json
dotnet docfx metadata docfx.json
dotnet docfx build docfx.json --output artifacts/site --log artifacts/site-log.json
lost=0
while read -r link; do
  if [[ ! -d $link ]]; then echo "a link leads nowhere: $link" >&2; lost=1; fi
done < <(grep -v '"file":"[^"]*artifacts/api/' artifacts/site-log.json | grep -o 'Invalid file link:(~/[^)]*' | sed 's#.*(~/##')
[[ $lost == 0 ]]
echo "the site is artifacts/site/index.html"
