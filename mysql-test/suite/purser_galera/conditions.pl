# Why the tests with a cluster cannot be run here, or nothing: for the suite.pm of each number of nodes. The
# nodes copy their data with rsync, whose server would change to another user for root. For root ./dev test
# runs them as mysql, where that account is.

use warnings;
use lib 'suite';
use wsrep::common;

for my $name (qw(PURSER_PLUGIN_DIR PURSER_SQL_DIR PURSER_SIM)) {
    return "$name is not set: run ./dev test" unless $ENV{$name};
}
return "No $ENV{PURSER_PLUGIN_DIR}/purser.so" unless -e "$ENV{PURSER_PLUGIN_DIR}/purser.so";
return 'Not for root' unless $>;
return 'The scripts that copy a node do not work with a sanitizer'
    if system("grep -q '__[at]san_init' '$ENV{PURSER_PLUGIN_DIR}/purser.so'") == 0;
return 'No Galera library (package galera-4)' unless glob '/usr/lib*/galera*/libgalera_smm.so';
return wsrep_not_ok() || '';
