#include "support/testmain.h"

#include <QApplication>
#include <QLocale>
#include <QTemporaryDir>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

std::map<std::string, support::TestFactory>& factories() {
    static std::map<std::string, support::TestFactory> all;
    return all;
}

} // namespace

bool support::registerTest(const char* sourceFile, TestFactory factory) {
    return factories().emplace(std::filesystem::path(sourceFile).stem().string(), factory).second;
}

/// Usage: tst_folder [tst_file [Qt Test arguments]]; without a file every test class of the binary runs.
int main(int argc, char** argv) {
    // ctest watches over time; Qt Test's own five minutes are too few for gigabytes of weights on a busy machine.
    if (!qEnvironmentVariableIsSet("QTEST_FUNCTION_TIMEOUT")) qputenv("QTEST_FUNCTION_TIMEOUT", "3600000");
    const QApplication application(argc, argv);
    QLocale::setDefault(QLocale::c()); // numbers are shown alike on every machine
    const QTemporaryDir caches;        // what the user's cache holds must not matter to tests, nor the other way round
    qputenv("XDG_CACHE_HOME", caches.path().toUtf8());
    std::vector<char*> arguments(argv, argv + argc);
    std::string only;
    if (argc > 1 && std::string(argv[1]).starts_with("tst_")) {
        only = argv[1];
        arguments.erase(arguments.begin() + 1);
    }
    int failures = 0;
    int ran = 0;
    for (const auto& [stem, factory] : factories()) {
        if (!only.empty() && stem != only) continue;
        ++ran;
        failures += QTest::qExec(factory().get(), static_cast<int>(arguments.size()), arguments.data());
    }
    if (ran == 0) {
        std::fprintf(stderr, "no test file named '%s' in this binary\n", only.c_str());
        return 2;
    }
    return failures == 0 ? 0 : 1;
}
