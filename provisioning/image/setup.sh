#!/bin/sh
# Makes this machine a terminal of Trạm Thẻ. Runs as root: at the first start of a card that
# `tramthe provision image` wrote, or by `tramthe provision here`.
#
#   setup.sh --card      from a card's boot partition; starts the machine again at the end
#   setup.sh --here      on a machine that somebody already uses: accounts, SSH and its network stay
#   setup.sh --dry-run   with --here: says each step and changes nothing
#
# Each step looks first and may be done again: after a power cut the next start goes on. What is
# secret (Wi-Fi, claim) is written to no log, and overwritten on the card once it is in its place.
# TRAMTHE_ROOT stands before every path: for tests.
set -eu
umask 077
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

mode='' dry=''
for word in "$@"; do
  case $word in
    --card | --here) mode=${word#--} ;;
    --dry-run) dry=yes ;;
    *) echo "setup.sh: unknown word $word" >&2; exit 2 ;;
  esac
done
[ -n "$mode" ] || { echo 'setup.sh: --card or --here' >&2; exit 2; }

files=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${TRAMTHE_ROOT:-}
state=$root/var/lib/tramthe
software=$root/var/lib/tramthe-software
result=$files/RESULT.txt
now='beginning'

say() { printf '%s\n' "$*"; }
fail() { say "setup.sh: $*" >&2; exit 1; }
step() { now=$1; say "- $1"; }
run() { # run COMMAND...: done, or said
  if [ -n "$dry" ]; then say "    $*"; else "$@"; fi
}
quiet() { # quiet COMMAND...: what it prints goes nowhere; used where it could print a secret
  if [ -n "$dry" ]; then say "    $*"; else "$@" >/dev/null 2>&1; fi
}
folder() { (umask 022 && run mkdir -p "$1"); }
put() { # put FILE MODE <TEXT: replaced at once, or not at all
  if [ -n "$dry" ]; then say "    write $1 (mode $2)"; cat >/dev/null; return; fi
  folder "${1%/*}"
  cat >"$1.tramthe-new"
  chmod "$2" "$1.tramthe-new"
  if cmp -s "$1.tramthe-new" "$1"; then rm -f "$1.tramthe-new"; chmod "$2" "$1"; return; fi
  sync "$1.tramthe-new"
  mv -f "$1.tramthe-new" "$1"
}
erase() { # erase FILE: zeros in its place, then gone; a flash card may keep an old block all the same
  [ -e "$1" ] || return 0
  if [ -n "$dry" ]; then say "    erase $1"; return; fi
  size=$(wc -c <"$1")
  head -c "$size" /dev/zero | dd of="$1" conv=notrunc,fsync status=none
  rm -f "$1"
}
has_unit() { systemctl cat "$1" >/dev/null 2>&1; }
of_root() { # of_root start|size: in sectors, by the table of partitions
  sfdisk --dump "$disk" | sed -n "s/^.* $1= *\([0-9]*\).*/\1/p" | sed -n "${number}p"
}
format() { # format DEVICE LABEL: where nothing has this label, and nothing lies there
  ! blkid -L "$2" >/dev/null || return 0
  [ -z "$(blkid -p -o value -s TYPE "$1" || true)" ] || fail "$1 holds something; it is not touched"
  run mkfs.ext4 -q -L "$2" "$1"
}
on_card() { [ "$mode" = card ]; }

ended() {
  status=$?
  [ -z "$dry" ] || exit "$status"
  if [ "$status" = 0 ]; then say "done $(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$result"
  else
    say "FAILED while $now; it is tried again at the next start. Why: journalctl -u tramthe-first-start" \
      >"$result" || true
    say "setup.sh: failed while $now" >&2
  fi
  sync -f "$files" || true
}
trap ended EXIT

step 'checking that nothing here was damaged or left out'
(cd "$files" && sha256sum --check --quiet --strict SHA256SUMS) || fail 'write the card again'

# shellcheck source=/dev/null
. "$files/settings"
: "${hostname:?}" "${keyboard:?}" "${locale:?}" "${charset:?}" "${timezone:?}" "${country:?}"
: "${kiosk:?}" "${read_only_root:?}" "${updates:?}" "${account:?}" "${ssh:?}" "${wanted:?}"

step 'looking at the system'
# shellcheck source=/dev/null
codename=$(. "$root/etc/os-release" && say "${VERSION_CODENAME:-}")
case $codename in
  bookworm | trixie) ;;
  *) fail "this is ${codename:-no} release of Debian that the terminal is made for (bookworm, trixie)" ;;
esac

step "the host name $hostname"
say "$hostname" | put "$root/etc/hostname" 644
{
  sed '/^127\.0\.1\.1[[:space:]]/d' "$root/etc/hosts" 2>/dev/null || say '127.0.0.1 localhost'
  say "127.0.1.1 $hostname"
} | put "$root/etc/hosts" 644
run hostname "$hostname"

step "language $locale, $charset"
if ! command -v locale-gen >/dev/null; then
  say '    left as it is: the package locales is not here'
else
  if ! grep -qx "$locale $charset" "$root/etc/locale.gen" 2>/dev/null; then
    { sed "/^#* *$locale $charset\$/d" "$root/etc/locale.gen" 2>/dev/null || true; say "$locale $charset"; } |
      put "$root/etc/locale.gen" 644
    run locale-gen
  fi
  say "LANG=$locale.$charset" | put "$root/etc/default/locale" 644
fi

step "time zone $timezone"
[ -e "$root/usr/share/zoneinfo/$timezone" ] || fail "no time zone $timezone here: install tzdata"
run ln -sfn "/usr/share/zoneinfo/$timezone" "$root/etc/localtime"
say "$timezone" | put "$root/etc/timezone" 644

step "keyboard $keyboard"
printf 'XKBMODEL="pc105"\nXKBLAYOUT="%s"\nXKBVARIANT=""\nXKBOPTIONS=""\nBACKSPACE="guess"\n' "$keyboard" |
  put "$root/etc/default/keyboard" 644

if on_card; then
  if [ "$ssh" = yes ]; then
    step 'SSH by key, and by nothing else'
    home=$(getent passwd "$account" | cut -d: -f6)
    [ -n "$home" ] || fail "there is no account $account"
    mkdir -p "$root$home/.ssh"
    put "$root$home/.ssh/authorized_keys" 600 <"$files/authorized_keys"
    chown -R "$account:" "$root$home/.ssh"
    say "$account ALL=(ALL) NOPASSWD: ALL" | put "$root/etc/sudoers.d/010_$account" 440
    printf 'PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\n' |
      put "$root/etc/ssh/sshd_config.d/10-tramthe.conf" 644
    systemctl enable --now ssh.service
  else
    step 'SSH off'
    if has_unit ssh.service; then systemctl disable --now ssh.service; fi
  fi
fi

if [ -e "$files/wifi.nmconnection" ]; then
  step 'Wi-Fi'
  [ -d "$root/etc/NetworkManager" ] || fail 'NetworkManager is not here; join the Wi-Fi by hand'
  put "$root/etc/NetworkManager/system-connections/tramthe.nmconnection" 600 <"$files/wifi.nmconnection"
  quiet iw reg set "$country" || true
  quiet nmcli connection reload || true
fi
if on_card; then
  for switch in "$root"/var/lib/systemd/rfkill/*:wlan; do [ ! -e "$switch" ] || echo 0 >"$switch"; done
  quiet rfkill unblock wifi || true
fi

step 'no swap on a disk: names could reach it'
if has_unit dphys-swapfile.service; then run systemctl disable --now dphys-swapfile.service; fi
if [ -e "$root/etc/rpi/swap.conf" ]; then
  printf '[Main]\nMechanism=zram\n' | put "$root/etc/rpi/swap.conf.d/50-tramthe.conf" 644
fi

if [ "$read_only_root" = yes ]; then
  step 'partitions of their own: what the terminal keeps, and later versions of the program'
  if ! blkid -L tramthe >/dev/null; then
    part=$(findmnt -n -o SOURCE "${root:-/}")
    name=$(lsblk -n -d -o PKNAME "$part")
    disk=${TRAMTHE_DISK:-/dev/$name}
    case $disk in *[0-9]) between=p ;; *) between='' ;; esac
    number=${part##*[!0-9]}
    later=$disk$between$((number + 1)) kept=$disk$between$((number + 2))
    if [ -z "$dry" ]; then
      if [ ! -b "$kept" ]; then
        say ',8GiB' | sfdisk --quiet --force --no-reread -N "$number" "$disk"
        next=$(($(of_root start) + $(of_root size)))
        printf 'start=%s,size=%s\nstart=%s\n' "$next" $((2 << 21)) $((next + (2 << 21))) |
          sfdisk --quiet --force --no-reread --append "$disk"
        partx --update "$disk"
        udevadm settle
      fi
      resize2fs "$part"
    fi
    format "$later" tramthe-later
    format "$kept" tramthe # the last: while it is missing, all this is looked at again
  fi
  folder "$state"
  mountpoint -q "$state" || run mount -L tramthe "$state"
  if blkid -L tramthe-later >/dev/null; then
    folder "$software"
    mountpoint -q "$software" || run mount -L tramthe-later "$software"
  fi
fi

step 'the packages, from here and from no network'
lists=$(mktemp -d)
printf 'deb [trusted=yes] file:%s ./\n' "$files/packages" >"$lists/here.list"
apt() { # only what lies here is a source, and a file that somebody changed stays as it is
  run apt-get -qq -y -o Dir::Etc::sourcelist="$lists/here.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$lists/lists" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root \
    -o Dpkg::Options::=--force-confold --no-install-recommends "$@"
}
mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial"
# What is installed starts at the end, all of it, when its configuration is there.
policy=$root/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] || grep -q '^# tramthe' "$policy"; then
  printf '#!/bin/sh\n# tramthe: nothing starts while packages are installed\nexit 101\n' | put "$policy" 755
fi
apt update
# shellcheck disable=SC2086 # several names
apt install $wanted
rm -rf "$lists"
if [ -z "$dry" ] && grep -q '^# tramthe' "$policy"; then rm -f "$policy"; fi
[ -n "$dry" ] || [ "$(dpkg-query -W -f '${Status}' tramthe)" = 'install ok installed' ] ||
  fail 'the package tramthe is not whole'

step 'the configuration'
put "$root/etc/tramthe/terminal.toml" 644 <"$files/terminal.toml"
if [ -e "$files/centre-roots.pem" ]; then
  put "$root/etc/tramthe/centre-roots.pem" 644 <"$files/centre-roots.pem"
fi

if [ -e "$files/repository-roots.pem" ]; then
  put "$root/etc/tramthe/repository-roots.pem" 644 <"$files/repository-roots.pem"
fi
if [ -e "$files/repository-root.json" ]; then
  step "whose lists$([ "$updates" != yes ] || say ' and programs') are taken"
  whose=$root/etc/tramthe/repository-root.json # where the terminal can read it, as it cannot a card
  put "$whose" 644 <"$files/repository-root.json"
  run runuser -u tramthe -- tramthe repository trust --state "$state" "$whose"
  if [ "$updates" = yes ]; then run tramthe update trust "$whose"; fi
fi

if ! on_card && [ -e "$files/claim.json" ]; then # a card's own is taken by tramthe-enrol.service
  step 'the claim, to where it is used up'
  put "$state/claim.json" 600 <"$files/claim.json"
  run chown tramthe: "$state/claim.json"
  erase "$files/claim.json"
fi

if [ -e "$files/access-point.nmconnection" ]; then
  step 'a Wi-Fi of its own for phones, put up at meetings'
  [ -d "$root/etc/NetworkManager" ] || fail 'NetworkManager is not here; it puts the access point up'
  command -v dnsmasq >/dev/null || fail 'dnsmasq is not here; it gives phones their addresses: apt-get install dnsmasq-base'
  put "$root/etc/tramthe/access-point.nmconnection" 600 <"$files/access-point.nmconnection"
  put "$root/etc/tramthe/firewall.d/access-point.nft" 644 <"$files/access-point.nft"
  run systemctl enable tramthe-access-point.socket
  printf '# Which phones came stands in no journal.\nquiet-dhcp\n' |
    put "$root/etc/NetworkManager/dnsmasq-shared.d/tramthe.conf" 644
else
  for gone in "$root/etc/tramthe/access-point.nmconnection" "$root/etc/tramthe/firewall.d/access-point.nft"; do
    [ ! -e "$gone" ] || run rm -f "$gone"
  done
fi

step 'the firewall: nothing comes in but what was asked for'
open_ssh=$ssh
if ! on_card && has_unit ssh.service && systemctl -q is-enabled ssh.service; then open_ssh=yes; fi
if [ "$open_ssh" = yes ]; then
  say 'add rule inet tramthe open tcp dport 22 ct state new limit rate 10/minute accept' |
    put "$root/etc/tramthe/firewall.d/ssh.nft" 644
fi
run systemctl enable tramthe-firewall.service

step 'what runs from now on'
run systemctl daemon-reload
run systemctl enable pcscd.socket tramthe.service tramthe-enrol.service
if [ "$kiosk" = yes ]; then
  run systemctl enable tramthe-kiosk.service
else
  run systemctl disable --now tramthe-kiosk.service
fi

if [ "$read_only_root" = yes ]; then
  step 'a root that is never written, as the package has it'
  shipped=$root/usr/share/tramthe/readonly
  if [ -z "$dry" ] && [ ! -e "$shipped/fstab" ]; then fail "this package knows no root that is never written"; fi
  for name in fstab apt.conf journald.conf; do
    case $name in
      fstab) to=etc/fstab ;;
      apt.conf) to=etc/apt/apt.conf.d/90tramthe-readonly ;;
      *) to=etc/systemd/journald.conf.d/60-tramthe-readonly.conf ;;
    esac
    [ -n "$dry" ] || put "$root/$to" 644 <"$shipped/$name"
  done
  run systemctl mask apt-daily.timer apt-daily-upgrade.timer man-db.timer dpkg-db-backup.timer
  if [ -d "$root/etc/NetworkManager" ]; then
    run ln -sfn /run/NetworkManager/resolv.conf "$root/etc/resolv.conf"
  fi
fi

step 'taking away what was only for the first start'
erase "$files/wifi.nmconnection"
if on_card; then
  erase "${files%/*}/network-config"
  [ ! -d "$root/etc/cloud" ] || : | put "$root/etc/cloud/cloud-init.disabled" 644
  run systemctl disable tramthe-first-start.service
  trap - EXIT
  (exit 0) && ended
  systemctl --no-block reboot
else
  run systemctl restart tramthe-firewall.service
  if [ -e "$root/etc/tramthe/access-point.nmconnection" ]; then
    run systemctl --no-block restart tramthe-access-point.socket
  fi
  run systemctl --no-block start pcscd.socket tramthe-enrol.service tramthe.service
  if [ "$kiosk" = yes ]; then run systemctl --no-block start tramthe-kiosk.service; fi
fi
