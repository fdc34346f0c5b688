#include "currency.h"

#include <string.h>

#define RECORD 4

/*
  ISO 4217 list one as of 2026 (BGN withdrawn, XCG and ZWG in): code and digits of the minor unit,
  four characters each, sorted by code. The units without a minor unit (metals, funds, XXX) are
  left out, because an amount in them cannot be checked.
*/
static const char codes[] =
    "AED2AFN2ALL2AMD2AOA2ARS2AUD2AWG2AZN2BAM2BBD2BDT2BHD3BIF0BMD2BND2BOB2BOV2BRL2BSD2"
    "BTN2BWP2BYN2BZD2CAD2CDF2CHE2CHF2CHW2CLF4CLP0CNY2COP2COU2CRC2CUP2CVE2CZK2DJF0DKK2"
    "DOP2DZD2EGP2ERN2ETB2EUR2FJD2FKP2GBP2GEL2GHS2GIP2GMD2GNF0GTQ2GYD2HKD2HNL2HTG2HUF2"
    "IDR2ILS2INR2IQD3IRR2ISK0JMD2JOD3JPY0KES2KGS2KHR2KMF0KPW2KRW0KWD3KYD2KZT2LAK2LBP2"
    "LKR2LRD2LSL2LYD3MAD2MDL2MGA2MKD2MMK2MNT2MOP2MRU2MUR2MVR2MWK2MXN2MXV2MYR2MZN2NAD2"
    "NGN2NIO2NOK2NPR2NZD2OMR3PAB2PEN2PGK2PHP2PKR2PLN2PYG0QAR2RON2RSD2RUB2RWF0SAR2SBD2"
    "SCR2SDG2SEK2SGD2SHP2SLE2SOS2SRD2SSP2STN2SVC2SYP2SZL2THB2TJS2TMT2TND3TOP2TRY2TTD2"
    "TWD2TZS2UAH2UGX0USD2USN2UYI0UYU2UYW4UZS2VED2VES2VND0VUV0WST2XAD2XAF0XCD2XCG2XOF0"
    "XPF0YER2ZAR2ZMW2ZWG2";

static unsigned pack(const char *code)
{
    return (unsigned)(unsigned char)code[0] << 16 | (unsigned)(unsigned char)code[1] << 8 |
           (unsigned char)code[2];
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int currency_normalize(const char *text, size_t len, char code[CURRENCY_SIZE])
{
    size_t i;

    memset(code, 0, CURRENCY_SIZE);
    if (!text)
        return -1;
    while (len > 0 && is_blank(*text)) {
        text++;
        len--;
    }
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    if (len == 2 && (text[0] | 0x20) == 'm' && (text[1] | 0x20) == 'k') {
        memcpy(code, "MWK", CURRENCY_SIZE);
        return 0;
    }
    if (len != 3)
        return -1;
    for (i = 0; i < 3; i++) {
        unsigned letter = ((unsigned char)text[i] | 0x20U) - 'a';

        if (letter >= 26) {
            memset(code, 0, CURRENCY_SIZE);
            return -1;
        }
        code[i] = (char)('A' + letter);
    }
    return 0;
}

int currency_exponent(const char *code)
{
    size_t low = 0, high = (sizeof(codes) - 1) / RECORD;
    unsigned key;

    if (!code || !code[0] || !code[1] || !code[2] || code[3])
        return -1;
    key = pack(code);
    while (low < high) {
        size_t middle = (low + high) / 2;
        unsigned there = pack(codes + middle * RECORD);

        if (there == key)
            return codes[middle * RECORD + 3] - '0';
        if (there < key)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}
