# shellcheck shell=bash
# Sourced by the commands in this folder: they work in the project's root, with a toolchain that rustup installed before any other.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
export PATH="$PWD/.dev/node/bin:${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH"

# build_ui: builds ui/dist when a source of the UI is newer.
build_ui() {
  local built=ui/dist/index.html
  if [ -e "$built" ] && [ -z "$(find ui \( -path ui/node_modules -o -path ui/dist \) -prune -o -type f -newer "$built" -print -quit)" ]; then
    return
  fi
  npm --prefix ui run build
}
