#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>

namespace parity {

void Report::add(const support::Deviation& deviation) {
    ++m_checks;
    std::printf("%s %s: error %.3g, tolerance %.3g %s%s\n", m_fixture.c_str(), deviation.tensor.c_str(),
                deviation.largest, deviation.tolerance, deviation.fits() ? "ok" : "TOO FAR ",
                deviation.complaint.c_str());
    if (!deviation.fits())
        m_failures.push_back(deviation.tensor + (deviation.complaint.empty() ? "" : ": ") + deviation.complaint);
    double ratio = deviation.largest == 0 ? 0 : deviation.largest / deviation.tolerance;
    if (std::isnan(ratio)) ratio = HUGE_VAL;
    if (ratio <= m_worst) return;
    m_worst = ratio;
    m_worstTensor = deviation.tensor;
}

void Report::require(bool holds, const std::string& what) {
    ++m_checks;
    std::printf("%s %s: %s\n", m_fixture.c_str(), what.c_str(), holds ? "exact ok" : "DIFFERS");
    if (!holds) m_failures.push_back(what + ": differs");
}

void Report::fail(const std::string& what) {
    ++m_checks;
    std::printf("%s %s\n", m_fixture.c_str(), what.c_str());
    m_failures.push_back(what);
}

void Report::onlyKeys(const json& object, std::initializer_list<const char*> known, const std::string& what) {
    for (const auto& [key, value] : object.items())
        if (std::find(known.begin(), known.end(), key) == known.end())
            fail(what + ": the key \"" + key + "\" is not understood");
}

void Report::section(const std::string& name, const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& failure) {
        fail(name + ": " + failure.what());
    }
}

void Report::summarize() {
    if (m_checks == 0) fail("the fixture holds nothing to compare");
    std::printf("%s: %d checks, %zu failed, largest error %.3g of its tolerance at %s\n", m_fixture.c_str(), m_checks,
                m_failures.size(), m_worst, m_worstTensor.c_str());
}

} // namespace parity
