// Generated from codegen/language/functions.py by tracetorch-codegen. Edit the spec, not this file.
// Checksum of what follows: e52cfa34f733ff27
// The functions of the C library that expressions call: VECTOR if the GNU C library has vector code,
// SCALAR if processors have an instruction.
#define LIBRARY \
    SCALAR(abs, fabs) \
    VECTOR(arcsinh, asinh) \
    VECTOR(atan, atan) \
    VECTOR(cos, cos) \
    VECTOR(cosh, cosh) \
    VECTOR(erf, erf) \
    SCALAR(floor, floor) \
    VECTOR(log, log) \
    VECTOR(log1p, log1p) \
    SCALAR(round, rint) \
    VECTOR(sin, sin) \
    VECTOR(sinh, sinh) \
    SCALAR(sqrt, sqrt) \
    VECTOR(tan, tan)
