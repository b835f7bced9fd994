// The functions of the expression language in C, with PyTorch's results for NaN and infinity.
//
// `real` is float or double. There are no branches, so that loops over neurons become vector code.

// Other headers follow the timestep, so that their macros cannot replace its names.
#if defined(__has_include)
#if __has_include(<features.h>)
#include <features.h> // defines __GLIBC__ for the GNU C library
#endif
#endif

typedef real lanes[LANES] __attribute__((aligned(64)));

#if REAL_IS_FLOAT
#define OF(name) name##f
typedef __INT32_TYPE__ bits;
typedef __UINT32_TYPE__ pattern;
enum { MANTISSA = 23, BIAS = 127 };
static const real ROUNDER = 0x1.8p23f, LOWEST = -104.0f, HIGHEST = 89.0f;
#else
#define OF(name) name
typedef __INT64_TYPE__ bits;
typedef __UINT64_TYPE__ pattern;
enum { MANTISSA = 52, BIAS = 1023 };
static const real ROUNDER = 0x1.8p52, LOWEST = -746.0, HIGHEST = 710.0;
#endif

// Functions of the C library, as vector code where available.
#define SCALAR(name, of) \
    extern real OF(of)(real) __attribute__((const)); \
    static inline real real_##name(real x) { return OF(of)(x); }
#if defined(__GLIBC__) && defined(__x86_64__) && !defined(__clang__)
#if __GLIBC_PREREQ(2, 35)
#define VECTOR(name, of) \
    extern real OF(of)(real) __attribute__((const, simd("notinbranch"))); \
    static inline real real_##name(real x) { return OF(of)(x); }
#endif
#endif
#ifndef VECTOR
#define VECTOR SCALAR
#endif
LIBRARY

// a * b + c, rounded once where the processor has an instruction for it.
static inline real multiply_add(real a, real b, real c)
{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return OF(__builtin_fma)(a, b, c);
#else
    return a * b + c;
#endif
}

static inline real power_of_two(bits exponent)
{
    const pattern of_power = (pattern)(exponent + BIAS) << MANTISSA;
    real power;
    __builtin_memcpy(&power, &of_power, sizeof power);
    return power;
}

// exp(x) = (1 + fraction) * first * second, where the last two are powers of two.
struct exponential {
    real fraction, first, second, one_by_second;
};

// exp(x) = 2^n exp(r) with a whole n and |r| <= log(2) / 2, where a Taylor series is exact enough.
static inline struct exponential parts_of_exp(real x)
{
    x = x < LOWEST ? LOWEST : x;
    x = x > HIGHEST ? HIGHEST : x;
    const real shifted = multiply_add(x, (real)1.4426950408889634, ROUNDER), n = shifted - ROUNDER;
    bits exponent; // n, in the lowest bits; `power_of_two` drops those of ROUNDER
    __builtin_memcpy(&exponent, &shifted, sizeof exponent);
    const bits half = exponent >> 1;
#if REAL_IS_FLOAT
    const real r = multiply_add(n, -0x1.7f7d1cp-20f, multiply_add(n, -0x1.62e4p-1f, x));
    real sum = (real)(1.0 / 5040);
#else
    const real r = multiply_add(n, -0x1.a39ef35793c76p-33, multiply_add(n, -0x1.62e42fee00000p-1, x));
    real sum = (real)(1.0 / 6227020800);
    sum = multiply_add(sum, r, (real)(1.0 / 479001600));
    sum = multiply_add(sum, r, (real)(1.0 / 39916800));
    sum = multiply_add(sum, r, (real)(1.0 / 3628800));
    sum = multiply_add(sum, r, (real)(1.0 / 362880));
    sum = multiply_add(sum, r, (real)(1.0 / 40320));
    sum = multiply_add(sum, r, (real)(1.0 / 5040));
#endif
    sum = multiply_add(sum, r, (real)(1.0 / 720));
    sum = multiply_add(sum, r, (real)(1.0 / 120));
    sum = multiply_add(sum, r, (real)(1.0 / 24));
    sum = multiply_add(sum, r, (real)(1.0 / 6));
    sum = multiply_add(sum, r, (real)0.5);
    return (struct exponential){
        multiply_add(sum, r * r, r), power_of_two(half), power_of_two(exponent - half),
        power_of_two(half - exponent)};
}

static inline real real_exp(real x)
{
    const struct exponential e = parts_of_exp(x);
    return multiply_add(e.fraction, e.first, e.first) * e.second;
}

static inline real real_expm1(real x)
{
    const struct exponential e = parts_of_exp(x);
    const real value = multiply_add(e.fraction, e.first, e.first - e.one_by_second) * e.second;
    return x == 0 ? x : value; // the sign of 0
}

static inline real real_tanh(real x)
{
    const real grown = real_expm1(2 * (x > 20 ? 20 : x));
    return grown / (grown + 2);
}

// NaN if either argument is NaN.
static inline real maximum(real x, real low) { return x >= low ? x : x != x ? x : low; }
static inline real minimum(real x, real high) { return x <= high ? x : x != x ? x : high; }
static inline real negative(real x) { return minimum(x, 0); }
static inline real positive(real x) { return maximum(x, 0); }
static inline real relu(real x) { return maximum(x, 0); }
static inline real sigmoid(real x) { return 1 / (1 + real_exp(-x)); }
static inline real sigmoid_inverse(real x) { return real_log(x / (1 - x)); }
static inline real sign(real x) { return (real)(x > 0) - (real)(x < 0); }
static inline real silu(real x) { return x / (1 + real_exp(-x)); }
static inline real softplus(real x) { return x > 40 ? x : real_log1p(real_exp(x)); }
static inline real softplus_inverse(real x) { return x + real_log(-real_expm1(-x)); }
static inline real square(real x) { return x * x; }
static inline real straight_through(real value, real surrogate)
{
    return value + (surrogate - surrogate);
}

// At 0, `positive` and `negative` have half of the gradient each.
static inline real positive_gradient(real x, real gradient)
{
    return x < 0 ? 0 : x == 0 ? gradient * (real)0.5 : gradient;
}
static inline real negative_gradient(real x, real gradient)
{
    return x > 0 ? 0 : x == 0 ? gradient * (real)0.5 : gradient;
}
