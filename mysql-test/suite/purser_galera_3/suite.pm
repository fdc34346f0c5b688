package My::Suite::Purser_Galera_3;

# The tests with a cluster of three nodes. They are skipped where the package galera-4 is not installed,
# and for root: the nodes copy their data with rsync, whose server would change to another user. For
# root ./dev test runs them as mysql, where that account is.

use warnings;
use lib 'suite';
use wsrep::common;

our @ISA = qw(My::Suite);

for my $name (qw(PURSER_PLUGIN_DIR PURSER_SQL_DIR PURSER_SIM)) {
    return "$name is not set: run ./dev test" unless $ENV{$name};
}
return "No $ENV{PURSER_PLUGIN_DIR}/purser.so" unless -e "$ENV{PURSER_PLUGIN_DIR}/purser.so";
return 'Not for root' unless $>;
return 'The scripts that copy a node do not work with AddressSanitizer'
    if system("grep -q __asan_init '$ENV{PURSER_PLUGIN_DIR}/purser.so'") == 0;
return 'No Galera library (package galera-4)' unless glob '/usr/lib*/galera*/libgalera_smm.so';
return wsrep_not_ok() if wsrep_not_ok();

push @::global_suppressions, qr(WSREP: );

bless {};
