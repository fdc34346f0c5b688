package My::Suite::Purser_Galera_3;

# The tests with a cluster of three nodes. conditions.pl says when they are skipped.

use warnings;
use File::Basename;

our @ISA = qw(My::Suite);

my $why = do(dirname(__FILE__) . '/../purser_galera/conditions.pl');
return 'conditions.pl: ' . ($@ || $!) unless defined $why;
return $why if $why;

# a conflict may end a statement while it sorts
push @::global_suppressions, qr(WSREP: ), qr(Sort aborted);

bless {};
