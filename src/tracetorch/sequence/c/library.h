// Generated from codegen/language/functions.py by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: 7fce8393bc0299fd
// The functions of the C library that expressions call: VECTOR if the GNU C library has vector code,
// SCALAR if processors have an instruction.
#define LIBRARY \
    SCALAR(abs, fabs) \
    VECTOR(arcsinh, asinh) \
    VECTOR(atan, atan) \
    VECTOR(cos, cos) \
    VECTOR(cosh, cosh) \
    VECTOR(erf, erf) \
    VECTOR(expm1, expm1) \
    SCALAR(floor, floor) \
    VECTOR(log, log) \
    VECTOR(log1p, log1p) \
    SCALAR(round, rint) \
    VECTOR(sin, sin) \
    VECTOR(sinh, sinh) \
    SCALAR(sqrt, sqrt) \
    VECTOR(tan, tan) \
    VECTOR(tanh, tanh)
