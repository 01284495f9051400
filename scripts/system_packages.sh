#!/bin/sh
# Sees to the system's packages for a purpose: scripts/system_packages.sh reports|tests|messages ...
# Looks for the library or program itself, so that nothing is asked of the package manager when all is there.
# Installs as root or with sudo that asks no password; otherwise ends with one line that names what is missing.
set -eu

PATH=$PATH:/usr/sbin:/sbin
libraries=$(ldconfig -p 2>/dev/null || true)
missing=
wanted=

library() { # file package
    case $libraries in *"$1 "*) ;; *) missing="$missing $2" ;; esac
}
wanted_library() { # file package: faster with it, works without
    case $libraries in *"$1 "*) ;; *) wanted="$wanted $2" ;; esac
}
program() { # package name ...: any of the names will do
    package=$1
    shift
    for name; do command -v "$name" >/dev/null 2>&1 && return; done
    missing="$missing $package"
}
wanted_program() { # package, named as its program: faster with it, works without
    command -v "$1" >/dev/null 2>&1 || wanted="$wanted $1"
}

reports() { # what WeasyPrint loads to make PDF files
    library libpango-1.0.so.0 libpango-1.0-0
    library libpangoft2-1.0.so.0 libpangoft2-1.0-0
    library libharfbuzz.so.0 libharfbuzz0b
    library libfontconfig.so.1 libfontconfig1
    wanted_library libharfbuzz-subset.so.0 libharfbuzz-subset0
}
messages() {
    program gettext msgfmt
}
tests() {
    reports
    messages
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || program postgresql initdb
    program redis-server redis-server
    program faketime faketime
    program curl curl
    program poppler-utils pdftoppm
    program nginx-light nginx
    program openssl openssl
    [ -n "${CHROMIUM:-}" ] || program chromium chromium chromium-browser google-chrome google-chrome-stable
    [ -n "${CHROMIUM:-}" ] || wanted_program chromium-headless-shell
}

for purpose; do
    case $purpose in
    reports | messages | tests) "$purpose" ;;
    *) echo "Unknown purpose: $purpose" >&2 && exit 2 ;;
    esac
done
[ -n "$missing" ] || [ -n "$wanted" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    as_root=none
fi
if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
    [ -n "$missing" ] || exit 0
    echo "Missing system packages:$missing. Install them, then try again: sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
known() { apt-cache show "$1" 2>/dev/null | grep -q '^Package:'; }

if [ -n "$missing" ]; then
    echo "Installing system packages:$missing ..."
    apt_get update || true # the lists that are there may do; the installation tells
fi
packages=
for package in $missing; do
    # Ubuntu's archive has Chromium under another name.
    if [ "$package" = chromium ] && ! known chromium; then package=chromium-browser; fi
    packages="$packages $package"
done
for package in $wanted; do # older releases lack it
    if known "$package"; then packages="$packages $package"; fi
done
[ -n "$packages" ] || exit 0
# shellcheck disable=SC2086  (a list of package names)
if ! apt_get install -y --no-install-recommends $packages; then
    [ -n "$missing" ] || exit 0
    cat "$log" >&2
    echo "The system packages could not be installed:$packages" >&2
    exit 1
fi
