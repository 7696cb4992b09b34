#include <app/windows/helppane.h>

#include <QCoreApplication>
#include <QDesktopServices>
#include <QFile>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QTextTable>
#include <QToolButton>
#include <QVBoxLayout>

#include <array>

namespace app::windows {

namespace {

struct Page {
    const char* name;
    const char* title;  ///< in the context "Help"
    const char* widget; ///< what it explains; null if nothing in particular
};

const QLatin1String kCommands("commands");

constexpr std::array kPages = {
    Page{"start", QT_TRANSLATE_NOOP("Help", "Getting started"), nullptr},
    Page{"maps", QT_TRANSLATE_NOOP("Help", "Reading the maps"), "map"},
    Page{"recipes", QT_TRANSLATE_NOOP("Help", "Recipes"), "dock.blocks"},
    Page{"search", QT_TRANSLATE_NOOP("Help", "Searching"), "dock.search"},
    Page{"comparing", QT_TRANSLATE_NOOP("Help", "Comparing pictures"), "dock.comparison"},
    Page{"exporting", QT_TRANSLATE_NOOP("Help", "Exporting"), nullptr},
    Page{"sessions", QT_TRANSLATE_NOOP("Help", "Sessions, jobs and files"), "dock.log"},
    Page{"commandline", QT_TRANSLATE_NOOP("Help", "The command line"), nullptr},
    Page{"commands", QT_TRANSLATE_NOOP("Help", "All commands and keys"), nullptr},
};

/// Panes that share a page with another one.
constexpr std::array kOtherWidgets = {
    std::pair{"dock.inspector", "maps"}, std::pair{"dock.recipe", "recipes"},  std::pair{"dock.budget", "recipes"},
    std::pair{"dock.jobs", "sessions"},  std::pair{"dock.report", "sessions"},
};

QUrl addressOf(const QString& page) {
    return QUrl(QStringLiteral("qrc:/guide/%1.md").arg(page));
}

/// The translated page where there is one.
QByteArray textOf(const QString& page) {
    const QString language = QLocale().name().section(QLatin1Char('_'), 0, 0);
    for (const QString& path :
         {QStringLiteral(":/guide/%1/%2.md").arg(language, page), QStringLiteral(":/guide/%1.md").arg(page)})
        if (QFile file(path); file.open(QIODevice::ReadOnly)) return file.readAll();
    return {};
}

QToolButton* arrow(Qt::ArrowType direction, const QString& text, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setArrowType(direction);
    button->setAccessibleName(text);
    button->setToolTip(text);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setEnabled(false);
    return button;
}

QString cell(QString text) {
    return text.replace(QLatin1Char('\\'), QStringLiteral("\\\\")).replace(QLatin1Char('|'), QStringLiteral("\\|"));
}

} // namespace

QString commandsPage(const CommandActions& commands) {
    QString text = QStringLiteral("# %1\n").arg(QCoreApplication::translate("Help", "All commands and keys"));
    QString menu;
    QStringList menus;
    for (const CommandActions::Entry& entry : commands.entries())
        if (!menus.contains(entry.menu)) menus << entry.menu;
    for (const QString& title : menus) {
        text +=
            QStringLiteral("\n## %1\n\n| %2 | %3 | %4 |\n|---|---|---|\n")
                .arg(title, QCoreApplication::translate("Help", "Command"), QCoreApplication::translate("Help", "Keys"),
                     QCoreApplication::translate("Help", "What it does"));
        for (const CommandActions::Entry& entry : commands.entries())
            if (entry.menu == title)
                text += QStringLiteral("| %1 | %2 | %3 |\n")
                            .arg(cell(entry.text()), cell(entry.action->shortcut().toString(QKeySequence::NativeText)),
                                 cell(entry.tip));
    }
    return text;
}

GuideBrowser::GuideBrowser(const CommandActions& commands, QWidget* parent)
    : QTextBrowser(parent), m_commands(commands) {
}

QVariant GuideBrowser::loadResource(int type, const QUrl& name) {
    const QString page = name.fileName().section(QLatin1Char('.'), 0, 0);
    if (type != QTextDocument::MarkdownResource) return QTextBrowser::loadResource(type, name);
    return page == kCommands ? commandsPage(m_commands).toUtf8() : textOf(page);
}

HelpPane::HelpPane(const CommandActions& commands, QWidget* parent)
    : QWidget(parent), m_browser(new GuideBrowser(commands, this)), m_pages(new QComboBox(this)),
      m_word(new QLineEdit(this)), m_found(new QLabel(this)) {
    for (const Page& page : kPages)
        m_pages->addItem(QCoreApplication::translate("Help", page.title), QLatin1String(page.name));
    build();
    connect(m_pages, &QComboBox::activated, this, [this] { showPage(page()); });
    connect(m_word, &QLineEdit::returnPressed, this, &HelpPane::findNext);
    connect(m_browser, &QTextBrowser::anchorClicked, this, &HelpPane::followLink);
    connect(m_browser, &QTextBrowser::sourceChanged, this, [this](const QUrl& address) {
        m_pages->setCurrentIndex(m_pages->findData(address.fileName().section(QLatin1Char('.'), 0, 0)));
        spaceTables();
    });
    connect(&commands, &CommandActions::keysChanged, this, [this] {
        if (page() != kCommands) return;
        m_browser->reload();
        spaceTables();
    });
}

void HelpPane::build() {
    m_browser->setAccessibleName(tr("Guide"));
    m_browser->setOpenLinks(false);
    m_browser->document()->setDocumentMargin(12);
    m_pages->setObjectName(QStringLiteral("helpPage"));
    m_pages->setAccessibleName(tr("Page of the guide"));
    m_pages->setToolTip(tr("Page of the guide"));
    m_word->setObjectName(QStringLiteral("helpWord"));
    m_word->setPlaceholderText(tr("Find on this page"));
    m_word->setAccessibleName(tr("Find on this page"));
    m_word->setToolTip(tr("Enter goes to the next place"));
    m_found->setAccessibleName(tr("Result of finding"));
    QToolButton* back = arrow(Qt::LeftArrow, tr("Back"), this);
    QToolButton* forward = arrow(Qt::RightArrow, tr("Forward"), this);
    connect(back, &QToolButton::clicked, m_browser, &QTextBrowser::backward);
    connect(forward, &QToolButton::clicked, m_browser, &QTextBrowser::forward);
    connect(m_browser, &QTextBrowser::backwardAvailable, back, &QWidget::setEnabled);
    connect(m_browser, &QTextBrowser::forwardAvailable, forward, &QWidget::setEnabled);
    auto* row = new QHBoxLayout;
    for (QWidget* each : std::initializer_list<QWidget*>{back, forward}) row->addWidget(each);
    row->addWidget(m_pages, 1);
    row->addWidget(m_word, 1);
    row->addWidget(m_found);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 4, 4, 4);
    column->addLayout(row);
    column->addWidget(m_browser, 1);
    setFocusProxy(m_browser);
}

QStringList HelpPane::pages() {
    QStringList names;
    for (const Page& page : kPages) names << QLatin1String(page.name);
    return names;
}

QString HelpPane::pageAbout(const QWidget* focused) {
    for (const QWidget* widget = focused; widget; widget = widget->parentWidget()) {
        for (const Page& page : kPages)
            if (page.widget && widget->objectName() == QLatin1String(page.widget)) return QLatin1String(page.name);
        for (const auto& [name, page] : kOtherWidgets)
            if (widget->objectName() == QLatin1String(name)) return QLatin1String(page);
    }
    return QLatin1String(kPages.front().name);
}

void HelpPane::showPage(const QString& name) {
    m_browser->setSource(addressOf(name), QTextDocument::MarkdownResource);
}

/// Markdown cannot say how tables look.
void HelpPane::spaceTables() {
    const QList<QTextFrame*> frames = m_browser->document()->rootFrame()->childFrames();
    for (QTextFrame* frame : frames) {
        auto* table = qobject_cast<QTextTable*>(frame);
        if (!table) continue;
        QTextTableFormat format = table->format();
        format.setCellPadding(4);
        format.setCellSpacing(0);
        format.setBorderCollapse(true);
        format.setBorderBrush(palette().color(QPalette::Mid));
        table->setFormat(format);
    }
}

void HelpPane::followLink(const QUrl& address) {
    if (!address.isRelative() && address.scheme() != QLatin1String("qrc"))
        QDesktopServices::openUrl(address);
    else
        showPage(address.fileName().section(QLatin1Char('.'), 0, 0));
}

/// From the beginning again after the last place.
void HelpPane::findNext() {
    const QString word = m_word->text();
    bool found = m_browser->find(word);
    if (!found) {
        m_browser->moveCursor(QTextCursor::Start);
        found = m_browser->find(word);
    }
    m_found->setText(found || word.isEmpty() ? QString() : tr("not found"));
}

} // namespace app::windows
