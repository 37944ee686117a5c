#!/usr/bin/perl
# run.pl JOBS TEST...: run TAP tests, end with "N passed, N failed".
use strict;
use warnings;
use TAP::Harness;

my $jobs = shift;
# those that take long begin first, lest the last of them runs alone
my $long = qr{/(wire-valgrind|package|faults|hosts-haproxy|check-pair-valgrind|bench|docs)\.t$};
my @tests = ((grep { /$long/ } @ARGV), grep { !/$long/ } @ARGV);
# by themselves, before all others: these measure time, or that journald keeps up
my $alone = 'tests/{systemd,load,server,server-asan,server-nosystemd}.t';
my $h = TAP::Harness->new({ jobs => $jobs,
    rules => { seq => [ { seq => $alone }, { par => '**' } ] }, exec => [], timer => 1,
    color => 0, failures => 1, trap => 1 });
my $agg = $h->runtests(@tests);
my ($passed, $failed, $skipped) = map { scalar $agg->$_ } qw(passed failed skipped);

# a file that died or ran another number of tests than it planned failed too
my %bad = map { $_ => 1 } (map { @{ [ $agg->$_ ] } } qw(parse_errors exit wait));
for my $p ($agg->parsers) {
	print "SKIPPED: ", $p->skip_all, "\n" if $p->skip_all;
	$skipped++ if $p->skip_all;
	for my $e ($p->parse_errors) { print "parse error: $e\n"; }
}
$failed += scalar keys %bad if !$failed;
system "tests/port.sh";	# the table of the rows that ran
my $skips = $skipped ? ", $skipped skipped" : "";
print "$passed passed, $failed failed$skips\n";
exit($failed || !$passed ? 1 : 0);
