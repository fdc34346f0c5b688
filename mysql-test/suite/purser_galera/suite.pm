package My::Suite::Purser_Galera;

# The tests with a cluster of two nodes; skipped where the package galera-4 is not installed. They use
# the includes of the suite purser.

use warnings;
use lib 'suite';

our @ISA = qw(My::Suite);

for my $name (qw(PURSER_PLUGIN_DIR PURSER_SQL_DIR)) {
    return "$name is not set: run ./dev test" unless $ENV{$name};
}
return "No $ENV{PURSER_PLUGIN_DIR}/purser.so" unless -e "$ENV{PURSER_PLUGIN_DIR}/purser.so";
($ENV{WSREP_PROVIDER}) = grep { -e } map { "/usr/$_/galera/libgalera_smm.so" } qw(lib lib64 lib64/galera-4)
    unless $ENV{WSREP_PROVIDER};
return 'No Galera library (package galera-4)' unless $ENV{WSREP_PROVIDER};
require wsrep::common;
return wsrep::common::wsrep_not_ok() if wsrep::common::wsrep_not_ok();

push @::global_suppressions, qr(WSREP: ), qr(Purser: );

bless {};
