#pragma once

namespace quant {

/// Sums of an error measurement, in double. Sums add up over chunks, samples and prompts.
struct ErrorSums {
    double signal = 0; ///< sum y^2
    double error = 0;  ///< sum (y_q - y)^2
    ErrorSums& operator+=(const ErrorSums& other);
    /// 10 log10(signal / error) dB; +infinity where the error is zero ("exact"); NaN if a value was not finite.
    double db() const;
};

} // namespace quant
