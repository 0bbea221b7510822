#!/bin/sh
# Unpacks packages of a Debian suite below ./root, for the scripts above it. It installs nothing, and leaves the system's package lists
# alone. A version that the suite no longer has is an error of apt-get.
#
#   sh debian-packages.sh SUITE PACKAGE=VERSION...
set -eu
suite=$1; shift
mirror=$(apt-get indextargets --format '$(REPO_URI)' | grep -m 1 '/debian/$') ||
  { echo "no package source of Debian is configured"; exit 1; }
mkdir -p apt/lists/partial apt/cache/archives/partial apt/packages root
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > apt/sources.list
cat > apt/apt.conf <<CONF
Dir::Etc::SourceList "$PWD/apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$PWD/apt/lists";
Dir::Cache "$PWD/apt/cache";
APT::Sandbox::User "root";
CONF
APT_CONFIG=$PWD/apt/apt.conf; export APT_CONFIG
apt-get update -qq
(cd apt/packages && apt-get download -qq "$@")
for package in apt/packages/*.deb; do dpkg-deb -x "$package" root; done
