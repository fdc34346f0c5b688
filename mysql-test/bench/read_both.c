/*
  read_both.c - the yardstick of the benchmark: a plain client that reads both sides of a day once,
  in the order of their reference, and does nothing with them.

  read_both SOCKET USER DAY GATEWAY: prints the seconds it took and the rows of each side.
*/
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long read_all(MYSQL *mysql, const char *query)
{
    MYSQL_RES *result;
    long rows = 0;

    if (mysql_real_query(mysql, query, (unsigned long)strlen(query)) != 0)
        return -1;
    result = mysql_use_result(mysql);
    while (result && mysql_fetch_row(result))
        rows++;
    mysql_free_result(result);
    return mysql_errno(mysql) ? -1 : rows;
}

int main(int argc, char **argv)
{
    char orders[1024], records[1024];
    long n_orders, n_records;
    MYSQL *mysql;
    double begin;

    if (argc != 5) {
        fprintf(stderr, "usage: read_both SOCKET USER DAY GATEWAY\n");
        return 2;
    }
    mysql = mysql_init(NULL);
    if (!mysql || !mysql_real_connect(mysql, NULL, argv[2], NULL, NULL, 0, argv[1], 0)) {
        fprintf(stderr, "cannot connect: %s\n", mysql ? mysql_error(mysql) : "no memory");
        return 1;
    }
    mysql_set_character_set(mysql, "utf8mb4");
    snprintf(orders, sizeof(orders),
             "SELECT transaction_ref, amount, currency, status, order_id FROM purser.app_payments"
             " WHERE gateway = '%s' AND created_at >= '%s' AND created_at < '%s' + INTERVAL 1 DAY"
             " ORDER BY transaction_ref COLLATE utf8mb4_nopad_bin",
             argv[4], argv[3], argv[3]);
    snprintf(records, sizeof(records),
             "SELECT transaction_ref, kind + 0, status + 0, amount, currency, fee, refunded,"
             " source = 'file', gateway_transaction_id FROM purser.gateway_transactions"
             " WHERE gateway = '%s' AND business_date = '%s' ORDER BY transaction_ref",
             argv[4], argv[3]);
    begin = now();
    n_orders = read_all(mysql, orders);
    n_records = read_all(mysql, records);
    if (n_orders < 0 || n_records < 0) {
        fprintf(stderr, "cannot read: %s\n", mysql_error(mysql));
        return 1;
    }
    printf("%.3f %ld %ld\n", now() - begin, n_orders, n_records);
    mysql_close(mysql);
    return 0;
}
