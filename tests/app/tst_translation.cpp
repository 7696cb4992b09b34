#include "studiowindow.h"

#include "support/testmain.h"

#include <app/models/phasetexts.h>
#include <app/windows/language.h>

#include <QDirIterator>
#include <QFile>
#include <QMenuBar>
#include <QProcess>
#include <QRegularExpression>
#include <QXmlStreamReader>

using namespace app;
using support::StudioWindow;

namespace {

const QString kFile = QStringLiteral(NOISEFLOOR_SOURCES "/translations/noisefloor_de.ts");

struct Message {
    QString context;
    QString source;
    QStringList translations; ///< one, or one for each number
    QString state;            ///< empty if finished
};

Message readMessage(QXmlStreamReader& xml) {
    Message message;
    while (xml.readNextStartElement()) {
        if (xml.name() == QLatin1String("source")) {
            message.source = xml.readElementText();
        } else if (xml.name() == QLatin1String("translation")) {
            message.state = xml.attributes().value(QLatin1String("type")).toString();
            QString text;
            while (!(xml.isEndElement() && xml.name() == QLatin1String("translation"))) {
                xml.readNext();
                if (xml.isCharacters() && !xml.isWhitespace()) text += xml.text();
                if (xml.isStartElement()) message.translations << xml.readElementText();
                if (xml.atEnd()) break;
            }
            if (message.translations.isEmpty()) message.translations << text;
        } else {
            xml.skipCurrentElement();
        }
    }
    return message;
}

QList<Message> messagesIn(const QString& path) {
    QFile file(path);
    QList<Message> messages;
    if (!file.open(QIODevice::ReadOnly)) return messages;
    QXmlStreamReader xml(&file);
    QString context;
    while (!xml.atEnd()) {
        xml.readNext();
        if (xml.isStartElement() && xml.name() == QLatin1String("name")) context = xml.readElementText();
        if (xml.isStartElement() && xml.name() == QLatin1String("message")) {
            messages << readMessage(xml);
            messages.last().context = context;
        }
    }
    return messages;
}

QStringList placeholders(const QString& text) {
    static const QRegularExpression mark(QStringLiteral("%(L?[0-9]|n)"));
    QStringList found;
    for (auto match = mark.globalMatch(text); match.hasNext();) found << match.next().captured();
    found.sort();
    found.removeDuplicates();
    return found;
}

QString where(const Message& message) {
    return message.context + QStringLiteral(": ") + message.source;
}

} // namespace

class TranslationTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() {
        m_language.use(QStringLiteral("en"));
        QLocale::setDefault(QLocale::c());
    }

    void nothingIsUnfinished() {
        const QList<Message> messages = messagesIn(kFile);
        QVERIFY(messages.size() > 300);
        for (const Message& message : messages) {
            QVERIFY2(message.state.isEmpty(), qPrintable(where(message)));
            for (const QString& text : message.translations)
                QVERIFY2(!text.trimmed().isEmpty(), qPrintable(where(message)));
        }
    }

    void placeholdersMnemonicsAndEndingsMatch() {
        for (const Message& message : messagesIn(kFile)) {
            for (const QString& text : message.translations) {
                // A plural form may say "one" in words.
                if (message.translations.size() == 1)
                    QVERIFY2(placeholders(text) == placeholders(message.source), qPrintable(where(message)));
                QVERIFY2(text.contains(QLatin1Char('&')) == message.source.contains(QLatin1Char('&')),
                         qPrintable(where(message)));
                QVERIFY2(text.endsWith(QStringLiteral("…")) == message.source.endsWith(QStringLiteral("…")),
                         qPrintable(where(message)));
            }
        }
    }

    /// The tool that collects texts guesses classes; a wrong guess would never be found when the program asks.
    void everyContextIsOneThatTheProgramAsksFor() {
        QString sources;
        for (const char* folder : {"app", "widgets"}) {
            QDirIterator files(QStringLiteral(NOISEFLOOR_SOURCES "/") + QLatin1String(folder), {"*.h", "*.cpp"},
                               QDir::Files, QDirIterator::Subdirectories);
            while (files.hasNext()) {
                QFile file(files.next());
                QVERIFY(file.open(QIODevice::ReadOnly));
                sources += QString::fromUtf8(file.readAll());
            }
        }
        for (const Message& message : messagesIn(kFile)) {
            const QString& context = message.context;
            const bool isNamed = sources.contains(QStringLiteral("translate(\"%1\"").arg(context)) ||
                                 sources.contains(QStringLiteral("Q_DECLARE_TR_FUNCTIONS(%1)").arg(context));
            const bool isClass =
                context.contains(QLatin1String("::")) &&
                sources.contains(QStringLiteral("class %1 ").arg(context.section(QLatin1String("::"), -1)));
            QVERIFY2(isNamed || isClass, qPrintable(where(message)));
        }
    }

    /// What was written since in the sources is found by the tool that made the file.
    void everyTextOfTheSourcesIsInTheFile() {
        const QString copy = m_folder.filePath(QStringLiteral("noisefloor_de.ts"));
        QVERIFY(QFile::copy(kFile, copy));
        QProcess update;
        update.start(QStringLiteral(NOISEFLOOR_SOURCES "/packaging/translate"), {copy});
        if (!update.waitForStarted()) QFAIL("packaging/translate cannot be started");
        QVERIFY(update.waitForFinished(120'000));
        QCOMPARE(update.exitCode(), 0);
        for (const Message& message : messagesIn(copy)) QVERIFY2(message.state.isEmpty(), qPrintable(where(message)));
        QCOMPARE(messagesIn(copy).size(), messagesIn(kFile).size()); // and nothing is in it that is gone
    }

    void theWindowSpeaksGermanWhenAsked() {
        m_language.use(QStringLiteral("de"));
        StudioWindow s;
        QStringList menus;
        for (const QAction* action : s.window.menuBar()->actions())
            menus << QString(action->text()).remove(QLatin1Char('&'));
        QVERIFY2(menus.contains(QStringLiteral("Datei")), qPrintable(menus.join(QLatin1Char(' '))));
        for (const auto& entry : s.window.commands().entries())
            if (entry.id == QLatin1String("edit.undo")) QCOMPARE(entry.text(), QStringLiteral("Rückgängig"));
        QCOMPARE(QLocale().toString(1.5, 'f', 1), QStringLiteral("1,5"));
    }

    /// A file that is written under one language is read under the other.
    void filesDoNotDependOnTheLanguage() {
        m_language.use(QStringLiteral("de"));
        quant::Recipe recipe;
        recipe.calibration.percentile = 99.5;
        const std::string german = quant::toJson(recipe);
        m_language.use(QStringLiteral("en"));
        QCOMPARE(german, quant::toJson(recipe));
    }

private:
    windows::Language m_language;
    QTemporaryDir m_folder;

    void phasesOfTheEngineAreTranslated() {
        const auto shown = [](const char* language, const char* what) {
            windows::Language speaks;
            speaks.use(QLatin1String(language));
            return models::phaseText(what);
        };
        for (const char* what : {"calibrating", "denoising", "decoding", "full precision", "noise floor of local",
                                 "opening a.safetensors", "measuring the recipe", "treating layers"}) {
            QCOMPARE(shown("en", what), QString::fromLatin1(what));
            QVERIFY2(shown("de", what) != QLatin1String(what), what);
        }
        QVERIFY(shown("de", "noise floor of local").endsWith(QLatin1String("local")));
        QVERIFY(shown("de", "2 of 12, denoising").contains(shown("de", "denoising")));
        QCOMPARE(shown("de", "local w8a8"), QStringLiteral("local w8a8")); // a name
        QLocale::setDefault(QLocale::c());
    }
};

NOISEFLOOR_TEST(TranslationTest)
#include "tst_translation.moc"
