//! A directory into which nobody but us can have put anything, held open so that its path cannot be led elsewhere any more.
//!
//! Paths are walked step by step without following links (`O_NOFOLLOW`). Each directory on the way must belong to root or to us and
//! be writable for nobody else, apart from sticky ones such as `/tmp`; a link is followed only where root or we made it.

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

/// As many links as Linux itself follows in a path.
const MOST_LINKS: usize = 40;
const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A directory into which nobody but us can have put anything.
#[derive(Debug)]
pub(crate) struct SafeDir {
    fd: OwnedFd,
}

impl SafeDir {
    /// Open a directory by its absolute path.
    ///
    /// # Errors
    /// Where it is not there, or a directory or link on the way could be another's trap.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut dir = fs::open("/", DIRECTORY | OFlags::PATH, Mode::empty())?;
        let mut todo = steps(path);
        let mut links = 0;
        while let Some(step) = todo.pop_front() {
            match fs::openat(&dir, &step, DIRECTORY | OFlags::PATH, Mode::empty()) {
                Ok(next) => {
                    check_directory(&fs::fstat(&next)?, &step)?;
                    dir = next;
                }
                Err(_) if is_link(&dir, &step) => {
                    links += 1;
                    let target = follow(&dir, &step)?;
                    if links > MOST_LINKS {
                        return Err(io::Error::from(rustix::io::Errno::LOOP));
                    }
                    if target.is_absolute() {
                        dir = fs::open("/", DIRECTORY | OFlags::PATH, Mode::empty())?;
                    }
                    for part in steps(&target).into_iter().rev() {
                        todo.push_front(part);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        // Opened again to be read and synced: the handle so far only says where it is.
        Ok(Self { fd: fs::openat(&dir, ".", DIRECTORY | OFlags::RDONLY, Mode::empty())? })
    }

    /// Open a directory in this one, making it for its owner only where it is missing.
    ///
    /// # Errors
    /// Where it is a link, or belongs to somebody else.
    pub(crate) fn subdir(&self, name: &str, group: Option<u32>, mode: u32) -> io::Result<Self> {
        match fs::mkdirat(&self.fd, name, Mode::from_raw_mode(mode & 0o700)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let fd = fs::openat(&self.fd, name, DIRECTORY | OFlags::RDONLY, Mode::empty())?;
        let stat = fs::fstat(&fd)?;
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(refused(OsStr::new(name), format!("belongs to user {}, not to us", stat.st_uid)));
        }
        set_access(&fd, &stat, group, mode)?;
        Ok(Self { fd })
    }

    /// Make a file with its final owner and mode, complete and on disk. It must not be there.
    pub(crate) fn write_new(&self, name: &str, text: &[u8], group: Option<u32>, mode: u32) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode & 0o600))?;
        set_access(&fd, &fs::fstat(&fd)?, group, mode)?;
        let mut file = File::from(fd);
        file.write_all(text).and_then(|()| file.sync_all())
    }

    /// Read a file; `None` where it is not there.
    ///
    /// # Errors
    /// Where it is a link or no file.
    pub(crate) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match fs::openat(&self.fd, name, flags, Mode::empty()) {
            Ok(fd) => fd,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(rustix::io::Errno::LOOP) => return Err(refused(OsStr::new(name), "is a symbolic link".into())),
            Err(error) => return Err(error.into()),
        };
        if FileType::from_raw_mode(fs::fstat(&fd)?.st_mode) != FileType::RegularFile {
            return Err(refused(OsStr::new(name), "is no file".into()));
        }
        let mut bytes = Vec::new();
        File::from(fd).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Give an entry another name, in place of what has it.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// Give a file a second name, in place of what has it. Takes no space for the file's contents.
    pub(crate) fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.remove(to)?;
        Ok(fs::linkat(&self.fd, from, &self.fd, to, AtFlags::empty())?)
    }

    /// Remove a file or link; it may be gone already.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        match fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Open a directory in this one; `None` where it is not there.
    fn entered(&self, name: &str) -> io::Result<Option<Self>> {
        match fs::openat(&self.fd, name, DIRECTORY | OFlags::RDONLY, Mode::empty()) {
            Ok(fd) => Ok(Some(Self { fd })),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Remove a directory with its files; it may be gone already, and has no directories in it.
    pub(crate) fn remove_dir(&self, name: &str) -> io::Result<()> {
        let Some(dir) = self.entered(name)? else { return Ok(()) };
        for entry in dir.entries()? {
            dir.remove(&entry)?;
        }
        Ok(fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)?)
    }

    /// Remove a directory with its files and its directories, which have no directories in them; it may be gone already.
    pub(crate) fn remove_dirs(&self, name: &str) -> io::Result<()> {
        let Some(dir) = self.entered(name)? else { return Ok(()) };
        for entry in dir.entries()? {
            let stat = fs::statat(&dir.fd, entry.as_str(), AtFlags::SYMLINK_NOFOLLOW)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => dir.remove_dir(&entry)?,
                _ => dir.remove(&entry)?,
            }
        }
        Ok(fs::unlinkat(&self.fd, name, AtFlags::REMOVEDIR)?)
    }

    /// Tell whether there is a directory of this name; a link to one is none.
    pub(crate) fn subdir_exists(&self, name: &str) -> bool {
        fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    }

    /// Let a symbolic link point to `target`, in one step.
    pub(crate) fn point(&self, name: &str, target: &str) -> io::Result<()> {
        let next = format!(".{name}.new");
        self.remove(&next)?;
        fs::symlinkat(target, &self.fd, next.as_str())?;
        self.rename(&next, name)
    }

    /// Tell where a symbolic link points; `None` where there is none.
    pub(crate) fn target(&self, name: &str) -> Option<String> {
        fs::readlinkat(&self.fd, name, Vec::new()).ok()?.into_string().ok()
    }

    /// List the names of what is in it, in no order; names that are not UTF-8 are not ours.
    pub(crate) fn entries(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            if let Ok(name) = entry.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Bring what was renamed, made and removed in it to disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.fd)?)
    }
}

fn steps(path: &Path) -> VecDeque<OsString> {
    let step = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().filter_map(step).collect()
}

fn is_link(dir: &OwnedFd, name: &OsStr) -> bool {
    fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

/// Read a link that root or we made.
fn follow(dir: &OwnedFd, name: &OsStr) -> io::Result<std::path::PathBuf> {
    let stat = fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if !is_ours(stat.st_uid) {
        return Err(refused(name, format!("is a symbolic link of user {}", stat.st_uid)));
    }
    let target = fs::readlinkat(dir, name, Vec::new())?;
    Ok(OsStr::from_bytes(target.as_bytes()).into())
}

fn check_directory(stat: &Stat, name: &OsStr) -> io::Result<()> {
    let mode = Mode::from_raw_mode(stat.st_mode);
    if !is_ours(stat.st_uid) {
        return Err(refused(name, format!("belongs to user {}, who could lead us elsewhere", stat.st_uid)));
    }
    if mode.intersects(Mode::WGRP | Mode::WOTH) && !mode.contains(Mode::SVTX) {
        return Err(refused(name, "can be changed by others, who could lead us elsewhere".into()));
    }
    Ok(())
}

fn set_access(fd: &OwnedFd, stat: &Stat, group: Option<u32>, mode: u32) -> io::Result<()> {
    if let Some(group) = group.filter(|group| *group != stat.st_gid) {
        fs::fchown(fd, None, Some(rustix::process::Gid::from_raw(group)))?;
    }
    if stat.st_mode & 0o7777 != mode {
        fs::fchmod(fd, Mode::from_raw_mode(mode))?;
    }
    Ok(())
}

fn is_ours(user: u32) -> bool {
    user == 0 || user == rustix::process::geteuid().as_raw()
}

fn refused(name: &OsStr, reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{} {reason}", name.display()))
}

#[cfg(test)]
mod tests;
