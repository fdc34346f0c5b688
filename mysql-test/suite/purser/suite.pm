package My::Suite::Purser;

# Run by ./dev test, which sets PURSER_PLUGIN_DIR (with purser.so, and the server's plugin_dir),
# PURSER_SQL_DIR (install.sql and the rest), PURSER_SIM (the simulator) and PURSER_ROOT.

@ISA = qw(My::Suite);

for my $name (qw(PURSER_PLUGIN_DIR PURSER_SQL_DIR PURSER_SIM)) {
    return "$name is not set: run ./dev test" unless $ENV{$name};
}
return "No $ENV{PURSER_PLUGIN_DIR}/purser.so" unless -e "$ENV{PURSER_PLUGIN_DIR}/purser.so";

bless {};
