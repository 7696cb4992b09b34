#include <app/windows/startpage.h>

#include <app/windows/symbols.h>

#include <QCommandLinkButton>
#include <QFileInfo>
#include <QLabel>
#include <QLayoutItem>
#include <QScrollArea>
#include <QToolButton>

namespace app::windows {

namespace {

constexpr int kColumnWidth = 560;

QLabel* label(const QString& text, double scale, QWidget* parent) {
    auto* made = new QLabel(text, parent);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(scale > 1);
    made->setFont(font);
    return made;
}

/// Layouts give this kind of button less height than its two lines need.
QCommandLinkButton* linkButton(const QString& title, const QString& description, QStyle::StandardPixmap symbolOfIt,
                               QWidget* parent) {
    auto* button = new QCommandLinkButton(title, description, parent);
    button->setIcon(symbol(symbolOfIt));
    button->setMinimumHeight(button->fontMetrics().height() * 3 + 8);
    return button;
}

/// The program's picture, its name, and its question.
QLayout* heading(QWidget* parent) {
    auto* picture = new QLabel(parent);
    picture->setPixmap(
        QIcon(QStringLiteral(":/icons/noisefloor.svg")).pixmap(QSize(72, 72), parent->devicePixelRatio()));
    auto* words = new QVBoxLayout;
    words->addWidget(label(QStringLiteral("Noisefloor"), 2.4, parent));
    words->addWidget(label(StartPage::tr("Which parts of a latent diffusion model may run in few bits, which may not,\n"
                                         "and what does that do to the pictures?"),
                           1.0, parent));
    auto* row = new QHBoxLayout;
    row->setSpacing(16);
    row->addWidget(picture, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    return row;
}

/// Says where files may be dropped; the whole window takes them.
QLabel* dropHint(QWidget* parent) {
    auto* hint = new QLabel(StartPage::tr("Drop a model, a session, a recipe or an analysis here"), parent);
    hint->setAlignment(Qt::AlignCenter);
    hint->setMinimumHeight(hint->fontMetrics().height() * 5);
    hint->setForegroundRole(QPalette::PlaceholderText);
    hint->setStyleSheet(QStringLiteral("QLabel { border: 2px dashed palette(mid); border-radius: 8px; }"));
    return hint;
}

void empty(QVBoxLayout* section) {
    while (QLayoutItem* item = section->takeAt(0)) {
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater(); // it may be its own button that asked for this
        }
        delete item;
    }
}

} // namespace

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
    auto* content = new QWidget(this);
    content->setFixedWidth(kColumnWidth);
    auto* column = new QVBoxLayout(content);
    column->addLayout(heading(content));
    column->addSpacing(18);
    m_embedded = addSection(column, tr("Start with the embedded model"));
    m_recent = addSection(column, tr("Recent files"));
    addOpeners(addSection(column, tr("Open")));
    column->addWidget(dropHint(content));
    column->addSpacing(6);
    QLabel* hint = label(tr("Ctrl+Shift+P finds every command by its name, F1 opens the guide."), 1.0, content);
    hint->setForegroundRole(QPalette::PlaceholderText);
    column->addWidget(hint, 0, Qt::AlignHCenter);
    auto* page = new QWidget(this);
    auto* rows = new QVBoxLayout(page);
    rows->addStretch(2);
    rows->addWidget(content, 0, Qt::AlignHCenter);
    rows->addStretch(3);
    auto* scroll = new QScrollArea(this); // a small screen, or a large font
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus); // the buttons take the keys, and the area follows them
    page->setBackgroundRole(QPalette::Base);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(scroll);
}

void StartPage::addOpeners(QVBoxLayout* section) {
    const auto add = [this, section](const char* name, const QString& title, const QString& description,
                                     QStyle::StandardPixmap symbolOfIt, void (StartPage::*signal)()) {
        QCommandLinkButton* button = linkButton(title, description, symbolOfIt, this);
        button->setObjectName(QLatin1String(name));
        connect(button, &QCommandLinkButton::clicked, this, signal);
        section->addWidget(button);
    };
    add("browse", tr("Open a model folder…"), tr("A folder in diffusers layout"), QStyle::SP_DirOpenIcon,
        &StartPage::browseRequested);
    add("browseFile", tr("Open a checkpoint file…"), tr("A .safetensors checkpoint or a .gguf file"),
        QStyle::SP_FileIcon, &StartPage::fileRequested);
    add("browseSession", tr("Open a session…"), tr("Work as it was saved, a .noisefloor file"),
        QStyle::SP_DialogSaveButton, &StartPage::sessionRequested);
}

QVBoxLayout* StartPage::addSection(QVBoxLayout* column, const QString& title) {
    column->addWidget(label(title, 1.15, this));
    auto* section = new QVBoxLayout;
    section->setSpacing(2);
    column->addLayout(section);
    column->addSpacing(12);
    return section;
}

void StartPage::setEmbeddedModels(const QStringList& names) {
    QList<Entry> entries;
    for (const QString& name : names)
        entries << Entry{name, name, tr("Small text-to-image model that comes with the program"), true,
                         QStyle::SP_MediaPlay};
    fill(m_embedded, entries);
}

void StartPage::setRecentFiles(const QList<session::RecentFile>& files) {
    QList<Entry> entries;
    for (const session::RecentFile& file : files) {
        const QString folder = QFileInfo(file.path).absolutePath();
        const QString details = file.details();
        entries << Entry{file.path, QFileInfo(file.path).fileName(),
                         details.isEmpty() ? folder : QStringLiteral("%1 · %2").arg(details, folder), file.isThere};
    }
    fill(m_recent, entries.mid(0, 4));
    if (files.isEmpty()) m_recent->addWidget(label(tr("None yet"), 1.0, this));
}

void StartPage::fill(QVBoxLayout* section, const QList<Entry>& entries) {
    empty(section);
    for (const Entry& entry : entries) {
        QCommandLinkButton* button = linkButton(entry.title, entry.description, entry.symbol, this);
        button->setObjectName(QStringLiteral("open:") + entry.path);
        connect(button, &QCommandLinkButton::clicked, this, [this, path = entry.path] { Q_EMIT openRequested(path); });
        button->setToolTip(entry.path);
        button->setEnabled(entry.isThere);
        section->addWidget(entry.isThere ? button : removable(button, entry.path));
    }
}

/// The button cannot be used; one beside it takes it off the list.
QWidget* StartPage::removable(QCommandLinkButton* button, const QString& path) {
    auto* row = new QWidget(this);
    auto* remove = new QToolButton(row);
    remove->setText(tr("Remove"));
    remove->setToolTip(tr("Take %1 off the list").arg(path));
    remove->setAccessibleName(remove->toolTip());
    remove->setObjectName(QStringLiteral("remove:") + path);
    connect(remove, &QToolButton::clicked, this, [this, path] { Q_EMIT removeRequested(path); });
    auto* columns = new QHBoxLayout(row);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->addWidget(button, 1);
    columns->addWidget(remove);
    return row;
}

} // namespace app::windows
