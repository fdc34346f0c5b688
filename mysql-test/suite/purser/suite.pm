package My::Suite::Purser;

# Run by ./dev test, which sets PURSER_PLUGIN_DIR (with purser.so, and the server's plugin_dir),
# PURSER_SQL_DIR (install.sql and the rest), PURSER_SIM (the simulator) and PURSER_ROOT.

@ISA = qw(My::Suite);

for my $name (qw(PURSER_PLUGIN_DIR PURSER_SQL_DIR PURSER_SIM)) {
    return "$name is not set: run ./dev test" unless $ENV{$name};
}
return "No $ENV{PURSER_PLUGIN_DIR}/purser.so" unless -e "$ENV{PURSER_PLUGIN_DIR}/purser.so";

# MariaDB 11.8 counts some bytes too few where a routine was interrupted (a_call_that_was_interrupted_can_be_made_again)
push @::global_suppressions, qr(Internal memory accounting error of [0-9]{1,4} bytes);

bless {};
