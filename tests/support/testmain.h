#pragma once

#include <QObject>
#include <QTest>

#include <filesystem>
#include <memory>

namespace support {

using TestFactory = std::unique_ptr<QObject> (*)();

/// Registers a test class of the binary under the stem of its source file ("tst_tokenizer").
bool registerTest(const char* sourceFile, TestFactory factory);

} // namespace support

/// At the end of tst_*.cpp, before its moc include: makes the class run when the binary is asked for this file.
#define NOISEFLOOR_TEST(Class)                                                                                         \
    static const bool registered##Class =                                                                              \
        support::registerTest(__FILE__, []() -> std::unique_ptr<QObject> { return std::make_unique<Class>(); });
