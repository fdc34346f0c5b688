# shellcheck shell=bash
# The Debian packages that the commands take, and their installation.

packages() { # packages demo|mtr|test|package|fuzz|lint|release: what that takes
    case $1 in
    demo)
        echo gcc libc6-dev make cmake pkg-config mariadb-server-core mariadb-client-core \
            libmariadbd-dev libmariadb-dev libcurl4-openssl-dev libjansson-dev libmicrohttpd-dev \
            libssl-dev libhiredis-dev libcmocka-dev tzdata
        ;;
    mtr) packages demo && echo mariadb-test patch python3 python3-aiosmtpd ca-certificates curl openssl redis-server prometheus ;;
    test)
        packages mtr && packages package && packages fuzz && echo chromium fonts-liberation zsh fish mandoc \
            php-cli php-curl php-mysql python3-setuptools python3-wheel python3-flask python3-pymysql mypy pyflakes3
        # node may be there in another version than Debian's
        command -v node >/dev/null || echo nodejs
        command -v npm >/dev/null || echo npm
        ;;
    package) packages demo && echo dpkg-dev lintian ;;
    fuzz) packages demo && echo clang libclang-rt-dev ;;
    lint) packages demo && echo clang-format clang-tidy cppcheck shellcheck git ;;
    release) echo debootstrap ;;
    valgrind) echo valgrind libc6-dbg ;;
    esac
}

missing_packages() { # missing_packages NAME...
    local have name
    have=" $(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
        sed -n 's/ installed$//p' | tr '\n' ' ')" || true
    for name; do
        [[ $have == *" $name "* ]] || echo "$name"
    done
}

packages_for() { # packages_for PATTERNS: the words for packages() that the tests take which they name
    local suite tests
    for suite in fuzz docs cli browser api chaos interrupt package; do
        mapfile -t tests < <(tests_of "$suite")
        [[ $1 && -z $(select_tests "$1" "$suite" "${tests[@]}") ]] || {
            [[ $suite == package ]] && echo mtr package || echo test
            return
        }
    done
    echo mtr
}

need() { # need demo|mtr|test|lint...: install of it what is missing
    local level wanted=() missing as_root=()
    for level; do
        # shellcheck disable=SC2207  # names of packages
        wanted+=($(packages "$level"))
    done
    if ! command -v apt-get dpkg-query >/dev/null; then
        note "not a Debian: I take it that you have what these packages hold: ${wanted[*]}"
        return
    fi
    mapfile -t missing < <(missing_packages "${wanted[@]}" | sort -u)
    ((${#missing[@]})) || return 0
    if ((EUID)); then
        command -v sudo >/dev/null ||
            die "missing, and no sudo here; as root: apt-get install --no-install-recommends ${missing[*]}"
        as_root=(sudo)
    fi
    step "installing ${missing[*]}"
    "${as_root[@]}" bash "$ROOT/dev" install-packages "${missing[@]}"
}

server_version_of_machine() { # the version of the MariaDB that is installed already, if one is
    dpkg-query -W -f '${db:Status-Status} ${Version}\n' mariadb-server-core 2>/dev/null |
        sed -n 's/^installed //p' || true
}

# Root's part of setup. Packages may bring a MariaDB service (mariadb-test depends on mariadb-server):
# it is neither started nor left enabled. A MariaDB that is here already is not upgraded by this.
install_packages() {
    local policy=/usr/sbin/policy-rc.d version name wanted=() fresh log
    local options=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    fresh=$(missing_packages mariadb-server)
    version=$(server_version_of_machine)
    for name; do
        [[ $version && $name == *mariadb* ]] && name+="=$version"
        wanted+=("$name")
    done
    export DEBIAN_FRONTEND=noninteractive
    apt-get "${options[@]}" update || note "apt-get update failed in part; going on with what is known"
    if [[ ! -e $policy ]]; then
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\n# ./dev setup: start no service\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    log=$(mktemp)
    apt-get "${options[@]}" -y --no-remove --no-install-recommends install "${wanted[@]}" \
        </dev/null >"$log" 2>&1 || {
        cat "$log"
        die "apt-get could not install: ${wanted[*]}"
    }
    rm -f "$log"
    if [[ $fresh && -z $(missing_packages mariadb-server) ]]; then
        if command -v systemctl >/dev/null; then
            systemctl --quiet disable mariadb.service >/dev/null 2>&1 || true
        fi
        update-rc.d mariadb disable >/dev/null 2>&1 || true
    fi
}

cmd_setup() { # cmd_setup [NAME...]
    if (($#)); then
        # shellcheck disable=SC2046  # words
        need $(packages_for "$(printf '%s\n' "$@")")
    else
        need demo test lint release
    fi
    step "all packages are here"
}
