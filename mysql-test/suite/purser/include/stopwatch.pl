# What says that something took under 5 seconds, on a machine that has much else to do, too: what its tasks
# have waited for a processor and a disk meanwhile (the kernel's pressure stall information) is added to the 5,
# twice, as it is a mean of all processors. Where the kernel tells nothing of that, and at most, it is 60: what
# these tests hold up would last for far longer.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

sub pressure {
    my $sum;
    for my $file (qw(/proc/pressure/cpu /proc/pressure/io /sys/fs/cgroup/cpu.pressure)) {
        open my $in, '<', $file or next;
        my $text = do { local $/; <$in> } // next;
        $sum = ($sum // 0) + $1 / 1e6 if $text =~ /^some .*total=(\d+)/m;
    }
    return $sum;
}

sub stopwatch_now { return [clock_gettime(CLOCK_MONOTONIC), pressure()] }

# Dies where more time went by since stopwatch_now() gave $from than may.
sub stopwatch_check {
    my ($what, $from) = @_;
    my ($seconds, $waited) = (clock_gettime(CLOCK_MONOTONIC) - $from->[0], pressure());
    my $most = defined $waited && defined $from->[1] ? 5 + 2 * ($waited - $from->[1]) : 60;
    $most = 60 if $most > 60;
    die sprintf("%s took %.1f seconds; %.1f would have been right\n", $what, $seconds, $most) if $seconds >= $most;
}

1;
