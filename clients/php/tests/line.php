<?php

// php line.php HOW MORE: listens on a free port of the loopback (its number is the first line of stdout), takes one connection, reads
// up to a blank line and MORE bytes, answers as HOW says (base64 of what to send, or silent, trickle, flood), prints what it read.

declare(strict_types=1);

[, $how, $more] = $argv;
$listener = stream_socket_server('tcp://127.0.0.1:0');
echo explode(':', stream_socket_get_name($listener, false))[1], "\n";
$line = stream_socket_accept($listener, 30);
stream_set_timeout($line, 30);
$data = '';
while (!str_contains($data, "\r\n\r\n") || strlen(explode("\r\n\r\n", $data, 2)[1]) < (int) $more) {
    $piece = fread($line, 65536);
    if ($piece === '' || $piece === false) {
        break;
    }
    $data .= $piece;
}
switch ($how) {
    case 'silent':
        fread($line, 1); // until the other side has enough
        break;
    case 'trickle':
        fwrite($line, "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n");
        for ($i = 0; $i < 100 && @fwrite($line, 'x'); $i++) {
            usleep(100_000);
        }
        break;
    case 'flood':
        fwrite($line, "HTTP/1.1 200 OK\r\n\r\n");
        while (@fwrite($line, str_repeat('x', 65536))) {
        }
        break;
    default:
        fwrite($line, (string) base64_decode($how, true));
}
fclose($line);
echo base64_encode($data);
