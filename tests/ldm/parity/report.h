#pragma once

#include "support/reference.h"

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace parity {

using nlohmann::json;

/// The checks of one fixture: each prints a line, the whole a summary.
class Report {
public:
    explicit Report(std::string fixture) : m_fixture(std::move(fixture)) {}

    const std::vector<std::string>& failures() const { return m_failures; }

    void add(const support::Deviation& deviation);
    /// Something that must be exactly so; `what` names it.
    void require(bool holds, const std::string& what);
    void fail(const std::string& what);
    /// Keys that nobody knows are checks that nobody makes.
    void onlyKeys(const json& object, std::initializer_list<const char*> known, const std::string& what);
    /// What goes wrong in `work` fails this section and not those after it.
    void section(const std::string& name, const std::function<void()>& work);
    /// To be called last: a fixture without checks fails, too.
    void summarize();

private:
    std::string m_fixture;
    std::vector<std::string> m_failures;
    int m_checks = 0;
    double m_worst = 0; ///< largest error in tolerances
    std::string m_worstTensor = "none";
};

} // namespace parity
