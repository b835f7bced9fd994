static float abs_of(float x) { return x > 0 ? x : 0 - x; }
abs_of(a);

#include <math.h>
asinhf(a);

#include <math.h>
atanf(a);

#include <math.h>
cosf(a);

#include <math.h>
coshf(a);

(a);

#include <math.h>
erff(a);

#include <math.h>
expf(a);

#include <math.h>
expm1f(a);

#include <math.h>
floorf(a);

#include <math.h>
logf(a);

#include <math.h>
log1pf(a);

(a);

static float maximum(float x, float low) { return x >= low ? x : x != x ? x : low; }
maximum(a, b);

static float minimum(float x, float high) { return x <= high ? x : x != x ? x : high; }
minimum(a, b);

static float negative(float x) { return x <= 0 ? x : x != x ? x : 0; }
negative(a);

static float positive(float x) { return x >= 0 ? x : x != x ? x : 0; }
positive(a);

static float relu(float x) { return x >= 0 ? x : x != x ? x : 0; }
relu(a);

#include <math.h>
rintf(a);

#include <math.h>
static float sigmoid(float x) { return 1 / (1 + expf(-x)); }
sigmoid(a);

#include <math.h>
static float sigmoid_inverse(float x) { return logf(x / (1 - x)); }
sigmoid_inverse(a);

static float sign(float x) { return (float)(x > 0) - (float)(x < 0); }
sign(a);

#include <math.h>
static float silu(float x) { return x / (1 + expf(-x)); }
silu(a);

#include <math.h>
sinf(a);

#include <math.h>
sinhf(a);

#include <math.h>
static float softplus(float x) { return x > 40 ? x : log1pf(expf(x)); }
softplus(a);

#include <math.h>
static float softplus_inverse(float x) { return x + logf(-expm1f(-x)); }
softplus_inverse(a);

#include <math.h>
sqrtf(a);

static float square(float x) { return x * x; }
square(a);

static float straight_through(float value, float of) { return value + (of - of); }
straight_through(a, b);

#include <math.h>
tanf(a);

#include <math.h>
tanhf(a);

(a ? b : c);

